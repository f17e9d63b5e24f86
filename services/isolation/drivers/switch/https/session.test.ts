import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BullionError } from '@bullion/service/errors';
import { CLOSED, type PortConfig, type PortState } from '../port.ts';
import { type HttpsSwitch, httpsSession, type Snapshot } from './session.ts';

const capabilities = {
  tagged: true,
  nativelessTrunk: false,
  isolatedPorts: false,
  saveConfig: true,
  portCounters: false,
};
const native: PortConfig = { native: 10, tagged: [], isolated: false };

/** A switch of two ports; `write` is what it makes of what it is told. */
function sessionOf(
  write: (states: Map<string, PortState>, port: string, config: PortConfig) => void,
  more: Partial<HttpsSwitch> = {},
) {
  const states = new Map<string, PortState>([
    ['p1', CLOSED],
    ['p2', CLOSED],
  ]);
  const told: string[][] = [];
  const device: HttpsSwitch<Snapshot> = {
    read: async () => ({ states: new Map(states) }),
    async write(changes) {
      told.push([...changes.keys()]);
      for (const [port, config] of changes) write(states, port, config);
    },
    save: async () => {},
    close() {},
    ...more,
  };
  return { session: httpsSession({ type: 'test', capabilities, address: 'here' }, device), told };
}

it('a switch that takes a change and does not make it has failed, port by port', async () => {
  const { session } = sessionOf((states, port, config) => {
    if (port === 'p1') states.set(port, config);
  });
  const failures = await session.apply(
    new Map([
      ['p1', native],
      ['p2', native],
    ]),
  );
  assert.deepEqual([...failures.keys()], ['p2']);
  assert.equal(failures.get('p2')!.code, 'switch_failed');
  assert.match(failures.get('p2')!.message, /"p2" should be native 10, and is closed/);
});

it('a port that is gone after a change is told so', async () => {
  const { session } = sessionOf((states, port) => states.delete(port));
  assert.match((await session.apply(new Map([['p1', native]]))).get('p1')!.message, /it has no port "p1"/);
});

it('what is refused is never written, and what the make refuses neither', async () => {
  const no = new BullionError('invalid', 'port_config_invalid', 'not so', { hint: 'otherwise' });
  const { session, told } = sessionOf(() => {}, { refusal: (port) => (port === 'p2' ? no : undefined) });
  const failures = await session.apply(
    new Map([
      ['p1', { native: null, tagged: [10], isolated: false }],
      ['p2', native],
      ['p3', native],
    ]),
  );
  const codes = ['switch_capability_missing', 'port_config_invalid', 'port_not_on_switch'];
  assert.deepEqual(
    [...failures.values()].map(({ code }) => code),
    codes,
  );
  assert.deepEqual(told, []);
});

it('a reading that the make has not is not there', () => {
  const { session } = sessionOf(() => {});
  assert.deepEqual(
    [session.counters, session.neighbours, session.addresses],
    [undefined, undefined, undefined],
  );
});
