/** Switches and ports: operators only. */
import { NameSchema, requireOperator } from '@bullion/service';
import { z } from 'zod';
import { addPort, addSwitch, deletePort, deleteSwitch, listPorts, listSwitches } from '../switches.ts';
import { answers, Done, type Parts, Settings, v1 } from './route.ts';

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

const ofSwitch = z.object({ switch: NameSchema });
/** A port's name may hold slashes: in a path they are written `%2F`. */
const ofPort = ofSwitch.extend({ port: z.string().min(1).max(128) });

export function addSwitchRoutes({ app, context, reconciler }: Parts): void {
  app.post(
    `${v1}/switches`,
    {
      schema: {
        summary: 'Register a switch',
        body: z.object({ name: NameSchema, driver: z.string(), settings: Settings }),
        response: answers(Switch),
      },
    },
    (request) => {
      requireOperator(request.principal, 'register switches');
      return addSwitch(context, request.body);
    },
  );
  app.get(
    `${v1}/switches`,
    { schema: { summary: 'List switches', response: answers(z.array(Switch)) } },
    (request) => {
      requireOperator(request.principal, 'see switches');
      return listSwitches(context);
    },
  );
  app.delete(
    `${v1}/switches/:switch`,
    { schema: { summary: 'Delete a switch without ports', params: ofSwitch, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete switches');
      await deleteSwitch(context, request.params.switch);
      reconciler.wake(request.params.switch);
      return {};
    },
  );
  app.get(
    `${v1}/switches/:switch/ports`,
    {
      schema: {
        summary: 'List ports: what each should carry and what it was read to carry',
        params: ofSwitch,
        response: answers(z.array(Port)),
      },
    },
    (request) => {
      requireOperator(request.principal, 'see ports');
      return listPorts(context, request.params.switch);
    },
  );
  app.put(
    `${v1}/switches/:switch/ports/:port`,
    { schema: { summary: 'Register a port; it is closed first', params: ofPort, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'register ports');
      await addPort(context, request.params.switch, request.params.port);
      reconciler.wake(request.params.switch);
      return {};
    },
  );
  app.delete(
    `${v1}/switches/:switch/ports/:port`,
    { schema: { summary: 'Delete a port without a NIC', params: ofPort, response: answers(Done) } },
    async (request) => {
      requireOperator(request.principal, 'delete ports');
      await deletePort(context, request.params.switch, request.params.port);
      return {};
    },
  );
}
