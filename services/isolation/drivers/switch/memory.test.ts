import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { switchContract } from './contract.ts';
import { MemorySwitch, memorySwitchDriver } from './memory.ts';
import { CLOSED, isUnknown } from './port.ts';

switchContract('memory', async () => {
  const memory = new MemorySwitch('rack1', ['p1', 'p2', 'p3', 'p4']);
  return {
    driver: memorySwitchDriver(memory),
    settings: { name: 'rack1' },
    ports: ['p1', 'p2', 'p3', 'p4'],
    absent: 'p9',
    nowhere: { name: 'rack9' },
    loseDevice: async (port) => memory.loseDevice(port),
    cabled: (heard) => {
      memory.neighbours.set(heard.port, [heard.neighbour]);
      memory.addresses.splice(0, 1, { port: heard.port, mac: heard.mac, vlan: heard.vlan });
    },
    async [Symbol.asyncDispose]() {},
  };
});

describe('the faults of the memory switch', () => {
  const setUp = async (timeoutMs?: number) => {
    const memory = new MemorySwitch('s', ['a', 'b']);
    const signal = new AbortController().signal;
    const options = timeoutMs === undefined ? { signal } : { signal, timeoutMs };
    const session = await memorySwitchDriver(memory).connect({ name: 's' }, options);
    const close = new Map([
      ['a', CLOSED],
      ['b', CLOSED],
    ]);
    return { memory, session, close };
  };

  it('an apply can fail, fail halfway, and lie', async () => {
    const { memory, session, close } = await setUp();
    memory.failApplies = 1;
    memory.failAppliesHalfway = 1;
    memory.lieApplies = 1;
    await assert.rejects(session.apply(close), { code: 'switch_failed' });
    assert.ok(isUnknown(memory.state('a')));
    assert.equal((await session.apply(close)).size, 0);
    assert.ok(isUnknown(memory.state('a')));
    await assert.rejects(session.apply(close), { code: 'switch_failed' });
    assert.equal(memory.state('a'), CLOSED);
    assert.ok(isUnknown(memory.state('b')));
    assert.equal((await session.apply(close)).size, 0);
    assert.equal(memory.state('b'), CLOSED);
  });

  it('a switch can be down, and too slow', async () => {
    const { memory, session } = await setUp(20);
    memory.down = true;
    await assert.rejects(session.read(['a']), { code: 'switch_unreachable' });
    memory.down = false;
    memory.latencyMs = 50;
    await assert.rejects(session.read(['a']), { code: 'switch_unreachable' });
  });

  it('a power cut takes back what was not saved', async () => {
    const { memory, session, close } = await setUp();
    await session.apply(close);
    await session.save!();
    await session.apply(new Map([['a', { native: 10, tagged: [], isolated: false }]]));
    memory.powerCut();
    assert.equal(memory.state('a'), CLOSED);
  });
});
