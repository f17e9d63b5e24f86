/** Nodes and what is noted at them. Each is registered with the OBMd that speaks to its BMC. */
import { NameSchema, seesAll } from '@bullion/service';
import { z } from 'zod';
import type { Trx } from '../context.ts';
import { deleteMetadata, LabelSchema, metadataOf, setMetadata } from '../metadata.ts';
import { getNode, listNodes } from '../node-views.ts';
import { addNode, deleteNode } from '../nodes.ts';
import { checkSettings } from '../switches.ts';
import { args, text } from './arguments.ts';
import { attachmentsSeen, networksByChannel } from './attachments-seen.ts';
import { blocked } from './errors.ts';
import { all, type Face, routesOf, sorted } from './route.ts';

const ofNode = args({ node: text });
const ofLabel = args({ node: text, label: text });
const newNode = args({
  node: text,
  obmd: args({ uri: z.string().regex(/^https?:/i, 'must be an http or https URL'), admin_token: text }),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
const newMetadata = args({
  node: text,
  label: text,
  value: z.unknown().refine((value) => value !== undefined),
});

export function addNodeCalls(face: Face): void {
  const { context } = face;
  const { db } = context;
  const { reads, writes } = routesOf(face);
  reads('GET /nodes/:which', args({ which: text }), {}, async ({ args: { which }, principal }) => {
    const free = which === 'free';
    const nodes = await all((page) => listNodes(db, principal, { ...page, free }));
    return sorted(nodes.map(({ name }) => name));
  });
  writes(
    'PUT /node/:node',
    newNode,
    { operatorOnly: 'register nodes' },
    async ({ args: { node: name, obmd, metadata = {} }, commit }) => {
      checkSettings(NameSchema, 'the name of the node', name);
      for (const label of Object.keys(metadata)) checkSettings(LabelSchema, 'a label of metadata', label);
      const settings = { address: obmd.uri, password: obmd.admin_token };
      await commit(async (change) => {
        const bmc = { driver: 'obmd', settings };
        // HIL does not know what firmware a node has, and OBMd sets boot devices as for a BIOS.
        await addNode(context, change, { name, firmware: 'bios', bmc, nics: [] });
        for (const [label, value] of Object.entries(metadata)) await setMetadata(change, name, label, value);
      });
    },
  );
  reads('GET /node/:node', ofNode, {}, async ({ args: { node: name }, principal }) => {
    const node = await getNode(db, principal, name);
    const attachments = await attachmentsSeen(db, { node: name });
    const metadata = (await metadataOf(db, [name])).get(name) ?? {};
    return {
      name,
      project: node.project,
      nics: node.nics.map((nic) => ({
        label: nic.name,
        macaddr: nic.mac,
        ...(seesAll(principal) && { port: nic.port ?? null, switch: nic.switch ?? null }),
        networks: networksByChannel(attachments.filter((one) => one.nic === nic.name)),
      })),
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([label, value]) => [label, JSON.stringify(value)]),
      ),
    };
  });
  writes(
    'DELETE /node/:node',
    ofNode,
    { operatorOnly: 'delete nodes' },
    async ({ args: { node }, commit }) => {
      await commit(async (change) => {
        await requireNoNics(change.trx, node);
        await deleteNode(change, node);
      });
    },
  );
  writes(
    'PUT /node/:node/metadata/:label',
    newMetadata,
    { operatorOnly: 'note something at a node' },
    async ({ args: { node, label, value }, commit }) => {
      checkSettings(LabelSchema, 'the label', label);
      await commit((change) => setMetadata(change, node, label, value));
    },
  );
  writes(
    'DELETE /node/:node/metadata/:label',
    ofLabel,
    { operatorOnly: 'take notes off a node' },
    async ({ args: { node, label }, commit }) => {
      await commit((change) => deleteMetadata(change, node, label));
    },
  );
}

/** HIL deletes a node only when its NICs are gone. */
async function requireNoNics(trx: Trx, node: string): Promise<void> {
  const nics = await trx.selectFrom('nics').select('name').where('node', '=', node).execute();
  if (nics.length === 0) return;
  throw blocked(
    'node_has_nics',
    `Node "${node}" has NICs: ${nics.map(({ name }) => name).join(', ')}.`,
    'Delete them first.',
  );
}
