/**
 * The time of an answer tells a tenant nothing of another either. Times are compared with one another only: of a thing of
 * another project and of one that is not there, asked in turn, so that what else the machine does falls on both alike.
 */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { World } from './testing/world.ts';

/** A longer time by as much as this would be seen; one that is twice as long always is. */
const RATIO = 1.6;
/** What chance does once it does not do so often; a difference is there each time. */
const ATTEMPTS = 5;

type Ask = () => Promise<unknown>;

/** The lower quartile: what else the machine does only ever adds, and not to all of them. */
const typical = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 4)]!;

async function ratioOf(foreign: Ask, absent: Ask, pairs: number): Promise<number> {
  const times: [number[], number[]] = [[], []];
  const time = async (which: 0 | 1) => {
    const begin = performance.now();
    await (which === 0 ? foreign : absent)();
    times[which].push(performance.now() - begin);
  };
  for (let pair = 0; pair < pairs; pair++) {
    const first = Math.random() < 0.5 ? 0 : 1;
    await time(first);
    await time(first === 0 ? 1 : 0);
  }
  return typical(times[0]) / typical(times[1]);
}

async function assertSameTime(t: TestContext, what: string, foreign: Ask, absent: Ask, pairs: number) {
  const ratios: string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const ratio = await ratioOf(foreign, absent, pairs);
    ratios.push(ratio.toFixed(2));
    if (ratio < RATIO && ratio > 1 / RATIO) return t.diagnostic(`${what}: ${ratios.join(', ')}`);
  }
  assert.fail(`${what}: what is another's takes ${ratios.join(', ')} times as long as what is not there`);
}

it('a comparison of times finds one that is twice the other', async (t) => {
  const waits = (milliseconds: number) => () => sleep(milliseconds);
  await assert.rejects(assertSameTime(t, 'twice', waits(100), waits(50), 5), /twice/);
});

it("another project's things take as long as what is not there", async (t) => {
  await using world = await World.open();
  await world.allocate('n1', 'a');
  await world.allocate('n2', 'b');
  await world.network('net-a', 'a');
  const { id } = await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net-a', {}));
  const absentId = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const { b } = world;
  for (const [method, path, foreign, absent] of [
    ['GET', '/nodes/NAME', 'n1', 'n9'],
    ['GET', '/nodes/NAME/power', 'n1', 'n9'],
    ['POST', '/nodes/NAME/release', 'n1', 'n9'],
    ['GET', '/networks/NAME', 'net-a', 'net-x'],
    ['GET', '/networks/NAME', 'a%2Fnet-a', 'a%2Fnet-x'],
    ['PUT', '/nodes/n2/nics/eth0/networks/NAME', 'net-a', 'net-x'],
    ['GET', '/operations/NAME', id, absentId],
    ['GET', '/projects/NAME', 'a', 'x'],
  ] as const) {
    const ask = (name: string) => async () => {
      const { status } = await b(method, path.replace('NAME', name), method === 'PUT' ? {} : undefined);
      assert.equal(status, 404);
    };
    await assertSameTime(t, `${method} ${path}`, ask(foreign), ask(absent), 100);
  }
});

it('a wrong password takes as long for a user that is not there', async (t) => {
  await using world = await World.open();
  await world.ok(world.admin('POST', '/users', { name: 'ann', role: 'operator', password: 'correct horse' }));
  const ask = (user: string) => async () => {
    assert.equal((await world.caller(`${user}:wrong horse`)('GET', '/whoami')).status, 401);
  };
  await assertSameTime(t, 'HTTP Basic', ask('ann'), ask('axl'), 5);
});
