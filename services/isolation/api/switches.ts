/** Switches and ports: operators only. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import {
  addPort,
  addSwitch,
  deletePort,
  deleteSwitch,
  listPorts,
  listSwitches,
  probed,
} from '../switches.ts';
import { type Parts, routesOf, Settings } from './route.ts';

export const Drift = z
  .enum(['repair', 'report'])
  .describe(
    'What is done about a port that somebody else changed; what it carries too much is taken off in any case',
  );
const Switch = z
  .object({ name: z.string(), driver: z.string(), drift: Drift, ports: z.number().int() })
  .meta({ id: 'Switch' });
export const PortState = z.enum(['pending', 'verified', 'failed', 'drifted']);
const Port = z
  .object({
    name: z.string(),
    nic: z.string().nullable().describe('The NIC at the other end, as node/nic'),
    state: PortState,
    wanted: z.string(),
    observed: z.string(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Port' });
export type SwitchView = z.output<typeof Switch>;
export type PortView = z.output<typeof Port>;

const NewSwitch = z.object({
  name: NameSchema,
  driver: z.string(),
  settings: Settings,
  drift: Drift.default('repair'),
});

export const ofSwitch = z.object({ switch: NameSchema });
/** It may hold slashes: they are percent-encoded in the path. */
export const PortName = z.string().min(1).max(128);
const ofPort = ofSwitch.extend({ port: PortName });

export function addSwitchRoutes(parts: Parts): void {
  const { context, reconciler } = parts;
  const { db } = context;
  const { lists, writes } = routesOf(parts);
  writes(
    'POST /switches',
    { summary: 'Register a switch', operatorOnly: 'register switches', body: NewSwitch, answer: Switch },
    async ({ body, commit }) => {
      const checked = await probed(context, body);
      return await commit((change) => addSwitch(context, change, checked));
    },
  );
  lists(
    'GET /switches',
    { summary: 'List switches', operatorOnly: 'see switches', items: Switch },
    ({ query }) => listSwitches(db, query),
    ({ name }) => name,
  );
  writes(
    'DELETE /switches/:switch',
    { summary: 'Delete a switch without ports', operatorOnly: 'delete switches', params: ofSwitch },
    ({ params, commit }) =>
      commit(async (change) => {
        await deleteSwitch(change, params.switch);
        change.after(() => reconciler.wake(params.switch));
      }),
  );
  lists(
    'GET /switches/:switch/ports',
    {
      summary: 'List ports: what each should carry and what it was read to carry',
      operatorOnly: 'see ports',
      params: ofSwitch,
      items: Port,
    },
    ({ params, query }) => listPorts(db, params.switch, query),
    ({ name }) => name,
  );
  writes(
    'PUT /switches/:switch/ports/:port',
    { summary: 'Register a port; it is closed first', operatorOnly: 'register ports', params: ofPort },
    ({ params, commit }) =>
      commit(async (change) => {
        await addPort(context, change, params.switch, params.port);
        change.after(() => reconciler.wake(params.switch));
      }),
  );
  writes(
    'DELETE /switches/:switch/ports/:port',
    { summary: 'Delete a port without a NIC', operatorOnly: 'delete ports', params: ofPort },
    ({ params, commit }) => commit((change) => deletePort(change, params.switch, params.port)),
  );
}
