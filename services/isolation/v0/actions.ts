/**
 * Networking actions: a NIC put on a network or taken off it, and a port taken off all. Each is one of our operations,
 * under its id. HIL allows one at a time for a NIC; here more may wait, and are carried out in order.
 */
import { BullionError, conflict, invalid, mayUse, notFound, type OperationState } from '@bullion/service';
import type { Parts } from '../api/route.ts';
import { attach, awaitPorts, detach, detachNic, type PortsInput } from '../attachments.ts';
import type { Trx } from '../context.ts';
import { requireNetwork } from '../networks.ts';
import { requireHeldNode, requireNic } from '../nodes.ts';
import { nicAt } from '../ports.ts';
import { attachmentsOf, type Mode } from '../room.ts';
import { requirePort } from '../switches.ts';
import { args, text } from './arguments.ts';
import { channelOf, labelOf, NATIVE } from './attachments-seen.ts';
import { type Face, PORT, routesOf } from './route.ts';
import { v0Tables } from './store.ts';

type Place = { node: string; nic: string };
type RevertInput = PortsInput & Place;
type Input = Place & { network?: string };

const STATUS: Record<OperationState, 'PENDING' | 'DONE' | 'ERROR'> = {
  running: 'PENDING',
  succeeded: 'DONE',
  failed: 'ERROR',
};
const TYPE: Record<string, 'modify_port' | 'revert_port'> = {
  'nic.attach': 'modify_port',
  'nic.detach': 'modify_port',
  'port.revert': 'revert_port',
};

/** To be called before operations are resumed. */
export function defineRevert({ context, reconciler }: Parts): void {
  context.operations.define<RevertInput>('port.revert', (operation) =>
    awaitPorts(reconciler, operation, operation.input.ports),
  );
}

export function addActionCalls(face: Face): void {
  const { context, reconciler } = face;
  const { db, operations } = context;
  const { reads, writes } = routesOf(face);
  const begun = { status: 202, types: { node_free: 'ProjectMismatchError' } } as const;
  writes(
    'POST /node/:node/nic/:nic/connect_network',
    args({ node: text, nic: text, network: text, channel: text.optional() }),
    begun,
    ({ args: { channel, ...place }, commit }) =>
      commit(async (change) => {
        const { trx, principal } = change;
        const { node, nic } = place;
        const { project } = await requireHeldNode(trx, principal, node);
        await requireNic(trx, node, nic);
        const network = await requireNetwork(trx, principal, place.network, project ?? undefined);
        const mode = modeOf(channel, network);
        await requireNotOn(trx, place, network.name);
        const id = await attach(context, reconciler, change, { ...place, mode });
        return await remember(trx, id, place);
      }),
  );
  writes(
    'POST /node/:node/nic/:nic/detach_network',
    args({ node: text, nic: text, network: text }),
    begun,
    ({ args: place, commit }) =>
      commit(async (change) => {
        const id = await detach(context, reconciler, change, place);
        return await remember(change.trx, id, place);
      }),
  );
  writes(
    `POST /switch/:switch/port/${PORT}/revert`,
    args({ switch: text, port: text }),
    { operatorOnly: 'take ports off all networks' },
    ({ args: key, commit }) =>
      commit(async (change) => {
        const { trx, after, tell } = change;
        await requirePort(trx, key.switch, key.port);
        const nic = await nicAt(trx, key);
        if (!nic) throw notCabled(key.port);
        const place = { node: nic.node, nic: nic.name };
        await requireNothingPending(trx, place);
        const { project } = await trx
          .selectFrom('nodes')
          .select('project')
          .where('name', '=', nic.node)
          .executeTakeFirstOrThrow();
        const input: RevertInput = { ...place, ports: [await detachNic(trx, nic)] };
        const subject = `node/${nic.node}`;
        const id = await operations.create(trx, { kind: 'port.revert', subject, project, input });
        await tell('nic.detaching', subject, project, { nic: nic.name });
        after(() => {
          operations.start(id);
          reconciler.wake(key.switch);
        });
        return await remember(trx, id, place);
      }),
  );
  reads(
    'GET /networking_action/:status_id',
    args({ status_id: text }),
    {},
    async ({ args: { status_id }, principal }) => {
      const action = await v0Tables(db)
        .selectFrom('v0_actions')
        .select('channel')
        .where('operation', '=', status_id)
        .executeTakeFirst();
      const operation =
        action &&
        (await db.selectFrom('operations').selectAll().where('id', '=', status_id).executeTakeFirst());
      if (!operation || !mayUse(principal, operation.project))
        throw notFound('status_id', status_id, NO_HINT);
      const { node, nic, network } = JSON.parse(operation.input) as Input;
      return {
        ...{ node, nic, channel: action!.channel },
        status: STATUS[operation.state],
        type: TYPE[operation.kind],
        new_network: operation.kind === 'nic.attach' ? labelOf({ name: network! }) : null,
      };
    },
  );
}

const NO_HINT = 'It is returned by the call that begins an action.';

/** None, or an empty one as HIL's own command line sends, is the default: native. */
function modeOf(channel: string | undefined, { name, vlan }: { name: string; vlan: number }): Mode {
  if (channel === undefined || channel === '' || channel === NATIVE) return 'native';
  if (channel === channelOf('tagged', vlan)) return 'tagged';
  throw invalid(
    'channel_not_legal',
    `"${channel}" is not a channel of the network "${labelOf({ name })}".`,
    `Use ${NATIVE} or ${channelOf('tagged', vlan)}.`,
  );
}

/** Our own API takes this for done; HIL refuses it. */
async function requireNotOn(trx: Trx, { node, nic }: Place, network: string): Promise<void> {
  if (!(await attachmentsOf(trx, node, nic)).some((other) => other.network === network)) return;
  throw conflict(
    'nic_attached',
    `NIC ${node}/${nic} is on the network "${labelOf({ name: network })}" already, or on its way there or off it.`,
    'Wait until that is done, or detach it first.',
  );
}

async function requireNothingPending(trx: Trx, { node, nic }: Place): Promise<void> {
  const running = await trx
    .selectFrom('operations')
    .select('input')
    .where('subject', '=', `node/${node}`)
    .where('kind', 'in', Object.keys(TYPE))
    .where('state', '=', 'running')
    .execute();
  if (!running.some(({ input }) => (JSON.parse(input) as Input).nic === nic)) return;
  throw conflict(
    'nic_busy',
    `Another networking action of NIC ${node}/${nic} is not done yet.`,
    'Wait until it is.',
  );
}

const notCabled = (port: string) =>
  new BullionError('not_found', 'port_not_cabled', `No NIC is cabled to port "${port}".`, {
    hint: 'There is nothing to take off a network.',
  });

/** Keeps what a client is told of the action. */
async function remember(trx: Trx, id: string, { node, nic }: Place): Promise<{ status_id: string }> {
  const { input } = await trx
    .selectFrom('operations')
    .select('input')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const { network } = JSON.parse(input) as Input;
  const attachment = (await attachmentsOf(trx, node, nic)).find((one) => one.network === network);
  const channel = attachment ? channelOf(attachment.mode, attachment.row.vlan) : '';
  await v0Tables(trx)
    .insertInto('v0_actions')
    .values({ operation: id, channel })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { status_id: id };
}
