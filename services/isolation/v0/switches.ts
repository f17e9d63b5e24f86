/** Switches, their ports, and the cables that are plugged into them. Operators only. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { cable, uncable } from '../cabling/cables.ts';
import { driverOf } from '../drivers/index.ts';
import { nicAt } from '../ports.ts';
import {
  addPort,
  addSwitch,
  checkSettings,
  deletePort,
  deleteSwitch,
  listPorts,
  listSwitches,
  probed,
  requirePort,
  requireSwitch,
} from '../switches.ts';
import { args, text } from './arguments.ts';
import { attachmentsSeen, networksByChannel } from './attachments-seen.ts';
import { all, type Face, PORT, routesOf, sorted } from './route.ts';
import { fromHil } from './switch-types.ts';

const ofSwitch = args({ switch: text });
const ofPort = args({ switch: text, port: text });
const ofCable = args({ switch: text, port: text, node: text, nic: text });
const newSwitch = z.looseObject({ switch: text, type: text });
const PortName = z.string().min(1).max(128);

export function addSwitchCalls(face: Face): void {
  const { context, reconciler } = face;
  const { db, switchDrivers } = context;
  const { reads, writes } = routesOf(face);
  const see = { operatorOnly: 'see switches' };
  reads('GET /switches', args({}), see, async () =>
    sorted((await all((page) => listSwitches(db, page))).map(({ name }) => name)),
  );
  reads('GET /switch/:switch', ofSwitch, see, async ({ args: { switch: name } }) => {
    const { driver } = await requireSwitch(db, name);
    const ports = await all((page) => listPorts(db, name, page));
    const { nativelessTrunk } = driverOf(switchDrivers, 'switch', driver).capabilities;
    return {
      name,
      ports: ports.map((port) => ({ label: port.name })),
      capabilities: nativelessTrunk ? ['nativeless-trunk-mode'] : [],
    };
  });
  writes(
    'PUT /switch/:switch',
    newSwitch,
    { operatorOnly: 'register switches' },
    async ({ args: { switch: name, type, ...asked }, commit }) => {
      checkSettings(NameSchema, 'the name of the switch', name);
      const checked = await probed(context, {
        name,
        ...fromHil(switchDrivers, type, asked),
        drift: 'repair',
      });
      await commit(async (change) => void (await addSwitch(context, change, checked)));
    },
  );
  writes(
    'DELETE /switch/:switch',
    ofSwitch,
    { operatorOnly: 'delete switches' },
    async ({ args: { switch: name }, commit }) => {
      await commit(async (change) => {
        await deleteSwitch(change, name);
        change.after(() => reconciler.wake(name));
      });
    },
  );

  const path = `/switch/:switch/port/${PORT}`;
  writes(
    `PUT ${path}`,
    ofPort,
    { operatorOnly: 'register ports' },
    async ({ args: { switch: name, port }, commit }) => {
      checkSettings(PortName, 'the port', port);
      await commit(async (change) => {
        await addPort(context, change, name, port);
        change.after(() => reconciler.wake(name));
      });
    },
  );
  writes(
    `DELETE ${path}`,
    ofPort,
    { operatorOnly: 'delete ports' },
    async ({ args: { switch: name, port }, commit }) => {
      await commit((change) => deletePort(change, name, port));
    },
  );
  reads(`GET ${path}`, ofPort, see, async ({ args: key }) => {
    await requirePort(db, key.switch, key.port);
    const nic = await nicAt(db, key);
    if (!nic) return {};
    const attachments = await attachmentsSeen(db, { node: nic.node });
    const networks = networksByChannel(attachments.filter((one) => one.nic === nic.name));
    return { node: nic.node, nic: nic.name, networks };
  });
  writes(
    `POST ${path}/connect_nic`,
    ofCable,
    {
      operatorOnly: 'cable nodes',
      types: { nic_cabled: 'DuplicateError', port_in_use: 'DuplicateError' },
    },
    async ({ args: asked, commit }) => {
      await commit((change) => cable(change, asked));
    },
  );
  writes(
    `POST ${path}/detach_nic`,
    ofPort,
    { operatorOnly: 'cable nodes' },
    async ({ args: key, commit }) => {
      await commit((change) => uncable(change, key));
    },
  );
}
