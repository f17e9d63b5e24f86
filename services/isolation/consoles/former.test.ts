/** Logs of former allocations: whose they are, and how they end. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Caller, World, type WorldOptions } from '../testing/world.ts';

/** n1 was held by `a`, which printed its secret there, and is free again. */
async function after(consoles: WorldOptions['consoles'] = {}) {
  const world = await World.open({ consoles });
  await hold(world, 'a', 'the secret of a\r\n');
  await world.done(world.a('POST', '/nodes/n1/release'));
  const [log] = await world.ok(world.a('GET', '/consoles'));
  return { world, log, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

async function hold(world: World, project: 'a' | 'b', secret: string): Promise<void> {
  await world.allocate('n1', project);
  const by = world[project];
  await world.until(async () => (await by('POST', '/nodes/n1/console', { keys: '' })).status === 200);
  world.bmc(1).print(secret);
  await world.until(async () => (await world.ok(by('GET', '/nodes/n1/console'))) === secret);
}

const folderOf = (world: World, log: { allocation: string }) =>
  join(world.folder, 'consoles', log.allocation);
const changeProject = (world: World, by: Caller, method: 'POST' | 'DELETE') =>
  world.ok(method === 'POST' ? by(method, '/projects', { name: 'a' }) : by(method, '/projects/a'));

it('a project searches so many logs at a time, and another one does not wait for it', async () => {
  await using place = await after();
  const { world, log } = place;
  await hold(world, 'b', 'mine');
  const path = `/consoles/${log.allocation}/search?q=secret`;
  const many = await Promise.all(Array.from({ length: 20 }, () => world.a('GET', path)));
  const busy = many.filter(({ status }) => status !== 200);
  assert.ok(busy.length > 0 && busy.length < 20);
  assert.ok(busy.every(({ body }) => body.error.code === 'search_busy'));
  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => world.a('GET', path)),
    world.b('GET', '/nodes/n1/console/search?q=mine'),
  ]);
  assert.equal(answers.at(-1)!.status, 200);
  await world.ok(world.a('GET', path));
});

describe('the log of a former allocation', () => {
  it('is listed, read and searched by the project that held the node then', async () => {
    await using place = await after();
    const { world, log } = place;
    assert.deepEqual([log.node, log.project, log.bytes], ['n1', 'a', 17]);
    assert.ok(log.startedAt <= log.endedAt);
    const path = `/consoles/${log.allocation}`;
    assert.equal(await world.ok(world.a('GET', path)), 'the secret of a\r\n');
    assert.equal(await world.ok(world.a('GET', `${path}?tail=3`)), 'a\r\n');
    const since = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    assert.equal(await world.ok(world.a('GET', `${path}?since=${since}`)), '');
    const found = await world.ok(world.a('GET', `${path}/search?q=secret`));
    assert.equal(found.matches[0].line, 'the secret of a');
    await world.restart();
    assert.equal(await world.ok(world.a('GET', path)), 'the secret of a\r\n');
  });

  it('is there for nobody else: not for the next holder, nor for who runs the data centre', async () => {
    await using place = await after();
    const { world, log } = place;
    await hold(world, 'b', 'hello b');
    const nowhere = '01a1fdd5-437d-7a5f-abf4-7511ef60e754';
    for (const path of ['', '/search?q=secret', '?tail=3']) {
      const there = await world.b('GET', `/consoles/${log.allocation}${path}`);
      assert.equal(there.status, 404);
      const none = await world.b('GET', `/consoles/${nowhere}${path}`);
      assert.deepEqual(JSON.parse(JSON.stringify(there).replaceAll(log.allocation, nowhere)), none);
      for (const role of ['operator', 'admin', 'service', 'auditor'] as const) {
        const caller = world.caller(await world.service.createToken(role, role));
        await world.refused(caller('GET', `/consoles/${log.allocation}${path}`), 403, 'console_private');
      }
    }
    const mine = await world.ok(world.b('GET', '/consoles'));
    assert.deepEqual(
      mine.map(({ project }: { project: string }) => project),
      ['b'],
    );
    assert.equal((await world.ok(world.b('GET', '/consoles?node=n1'))).length, 1);
    assert.equal((await world.ok(world.operator('GET', '/consoles'))).length, 2);
    assert.equal((await world.ok(world.a('GET', '/consoles?node=n2'))).length, 0);
  });

  it('ends with its project, and a later project of the same name inherits none', async () => {
    await using place = await after();
    const { world, log } = place;
    assert.ok(existsSync(folderOf(world, log)));
    await changeProject(world, world.operator, 'DELETE');
    await world.until(async () => !existsSync(folderOf(world, log)));
    await changeProject(world, world.operator, 'POST');
    const { token } = await world.ok(world.operator('POST', '/projects/a/tokens', { label: 'later' }));
    const later = world.caller(token);
    assert.deepEqual(await world.ok(later('GET', '/consoles')), []);
    await world.refused(later('GET', `/consoles/${log.allocation}`), 404, 'console_log_not_found');
  });

  it('ends with its time', async () => {
    await using place = await after({ keepDays: 30 });
    const { world, log } = place;
    const { db } = world.service.context;
    const age = async (days: number) => {
      const ended_at = new Date(Date.now() - days * 86_400_000).toISOString();
      await db.updateTable('console_logs').set({ ended_at }).execute();
      await world.restart();
    };
    await age(29);
    await world.ok(world.a('GET', `/consoles/${log.allocation}`));
    const { db: later } = world.service.context;
    const ended_at = new Date(Date.now() - 31 * 86_400_000).toISOString();
    await later.updateTable('console_logs').set({ ended_at }).execute();
    await world.restart();
    await world.until(async () => !existsSync(folderOf(world, log)));
    await world.refused(world.a('GET', `/consoles/${log.allocation}`), 404, 'console_log_not_found');
  });

  it('where all logs take too much, it is the project that keeps the most that loses its oldest', async () => {
    await using world = await World.open({ consoles: { segmentBytes: 1000, totalBytes: 10_000 } });
    await hold(world, 'b', 'the little log of b');
    await world.done(world.b('POST', '/nodes/n1/release'));
    await world.allocate('n2', 'a');
    await world.until(async () => (await world.a('POST', '/nodes/n2/console', { keys: '' })).status === 200);
    const [log] = await world.ok(world.a('GET', '/consoles'));
    let last = 0;
    for (; last < 40; last++) {
      world.bmc(2).print(String(last).padStart(999, '.'));
      world.bmc(2).print('\n');
      await world.until(async () => (await world.ok(world.a('GET', '/nodes/n2/console?tail=1'))) === '\n');
    }
    await world.until(async () => readdirSync(folderOf(world, log)).length / 2 <= 12);
    const text: string = await world.ok(world.a('GET', '/nodes/n2/console?tail=40000'));
    assert.match(text, /^\r\n\[\d+ bytes that belong here were not kept\]\r\n/);
    assert.ok(text.endsWith('39\n'));
    const [little] = await world.ok(world.b('GET', '/consoles'));
    assert.equal(await world.ok(world.b('GET', `/consoles/${little.allocation}`)), 'the little log of b');
  });
});
