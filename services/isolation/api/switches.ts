/** Switches and ports: operators only. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { addPort, addSwitch, deletePort, deleteSwitch, listPorts, listSwitches } from '../switches.ts';
import { type Parts, route, Settings } from './route.ts';

const Switch = z
  .object({ name: z.string(), driver: z.string(), ports: z.number().int() })
  .meta({ id: 'Switch' });
const Port = z
  .object({
    name: z.string(),
    nic: z.string().nullable().describe('The NIC at the other end, as node/nic'),
    state: z.enum(['pending', 'verified', 'failed']),
    wanted: z.string(),
    observed: z.string(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Port' });
const NewSwitch = z.object({ name: NameSchema, driver: z.string(), settings: Settings });

const ofSwitch = z.object({ switch: NameSchema });
/** A port's name may hold slashes: they are percent-encoded in the path. */
const ofPort = ofSwitch.extend({ port: z.string().min(1).max(128) });

export function addSwitchRoutes({ app, context, reconciler }: Parts): void {
  route(
    app,
    'POST /switches',
    { summary: 'Register a switch', operatorOnly: 'register switches', body: NewSwitch, answer: Switch },
    ({ body }) => addSwitch(context, body),
  );
  route(
    app,
    'GET /switches',
    { summary: 'List switches', operatorOnly: 'see switches', answer: z.array(Switch) },
    () => listSwitches(context),
  );
  route(
    app,
    'DELETE /switches/:switch',
    { summary: 'Delete a switch without ports', operatorOnly: 'delete switches', params: ofSwitch },
    async ({ params }) => {
      await deleteSwitch(context, params.switch);
      reconciler.wake(params.switch);
    },
  );
  route(
    app,
    'GET /switches/:switch/ports',
    {
      summary: 'List ports: what each should carry and what it was read to carry',
      operatorOnly: 'see ports',
      params: ofSwitch,
      answer: z.array(Port),
    },
    ({ params }) => listPorts(context, params.switch),
  );
  route(
    app,
    'PUT /switches/:switch/ports/:port',
    { summary: 'Register a port; it is closed first', operatorOnly: 'register ports', params: ofPort },
    async ({ params }) => {
      await addPort(context, params.switch, params.port);
      reconciler.wake(params.switch);
    },
  );
  route(
    app,
    'DELETE /switches/:switch/ports/:port',
    { summary: 'Delete a port without a NIC', operatorOnly: 'delete ports', params: ofPort },
    ({ params }) => deletePort(context, params.switch, params.port),
  );
}
