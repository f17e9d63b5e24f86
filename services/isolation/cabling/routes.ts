/** What an operator looks up and puts right about switches and cables. */
import { NameSchema } from '@bullion/service';
import { z } from 'zod';
import { ofNic, type Parts, routesOf } from '../api/route.ts';
import { Drift, ofSwitch, PortName, PortState } from '../api/switches.ts';
import { requireNic } from '../nodes.ts';
import { cable, uncable } from './cables.ts';
import { diffSwitch, repair, setDriftPolicy } from './drift.ts';
import { learned } from './learned.ts';

const PortDiff = z.object({
  name: z.string(),
  nic: z.string().nullable(),
  state: PortState.describe('A pending one is being changed'),
  wanted: z.string(),
  found: z.string(),
});
const Diff = z
  .object({
    switch: z.string(),
    drift: Drift,
    read: z.number().int().describe('How many registered ports were read'),
    ports: z.array(PortDiff).describe('Those that are not as they should be'),
    unregistered: z
      .array(z.object({ name: z.string(), found: z.string(), networks: z.array(z.string()) }))
      .describe(
        'Other ports that carry VLANs of networks: links between switches and machines of the operator do',
      ),
  })
  .meta({ id: 'SwitchDiff' });
export type PortDiff = z.output<typeof PortDiff>;
export type SwitchDiff = z.output<typeof Diff>;

const Heard = z.object({
  port: z.string(),
  registered: z.boolean(),
  addresses: z
    .array(z.string())
    .nullable()
    .describe('Learned from frames; null where the switch does not tell'),
  neighbours: z
    .array(z.object({ chassisId: z.string(), portId: z.string(), systemName: z.string().nullable() }))
    .nullable()
    .describe('Heard by LLDP; null where the switch does not tell'),
});
export type Heard = z.output<typeof Heard>;
const Cable = z.object({ switch: NameSchema, port: PortName });

export function addCablingRoutes(parts: Parts): void {
  const { context, reconciler } = parts;
  const { reads, writes, begins } = routesOf(parts);
  writes(
    'PATCH /switches/:switch',
    {
      summary: 'Say what is done about drift',
      operatorOnly: 'change switches',
      params: ofSwitch,
      body: z.object({ drift: Drift }),
    },
    ({ params, body, commit }) => commit((change) => setDriftPolicy(change, params.switch, body.drift)),
  );
  reads(
    'GET /switches/:switch/diff',
    {
      summary: 'Read the switch now: where it is not as it should be',
      operatorOnly: 'see ports',
      params: ofSwitch,
      answer: Diff,
    },
    ({ params }) => diffSwitch(context, params.switch),
  );
  begins(
    'POST /switches/:switch/repair',
    {
      summary: 'Make a port as it should be, or all that are not known to be so',
      operatorOnly: 'repair ports',
      params: ofSwitch,
      body: z.object({ port: PortName.optional() }),
    },
    ({ params, body }, change) => repair(context, reconciler, change, params.switch, body.port),
  );
  reads(
    'GET /switches/:switch/learned',
    {
      summary: 'Ask the switch now whom it hears at which port',
      operatorOnly: 'see ports',
      params: ofSwitch,
      answer: z.array(Heard),
    },
    ({ params }) => learned(context, params.switch),
  );
  writes(
    'PUT /nodes/:node/nics/:nic/cable',
    {
      summary: "Say where the cable of a free node's NIC goes",
      operatorOnly: 'say where cables go',
      params: ofNic,
      body: Cable,
    },
    ({ params, body, commit }) => commit((change) => cable(change, { ...params, ...body })),
  );
  writes(
    'DELETE /nodes/:node/nics/:nic/cable',
    {
      summary: 'Say that the NIC of a free node has no cable',
      operatorOnly: 'say where cables go',
      params: ofNic,
    },
    ({ params, commit }) =>
      commit(async (change) => {
        const { switch: switchName, port } = await requireNic(change.trx, params.node, params.nic);
        if (switchName !== null && port !== null) await uncable(change, { switch: switchName, port });
      }),
  );
}
