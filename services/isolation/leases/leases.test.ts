import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Caller, type Json, World } from '../testing/world.ts';

const HOUR = 3600_000;
const START = Date.parse('2030-01-01T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();

/** A world whose wall clock stands at `hours` after the start of 2030; project `a` owns n1. */
async function market(): Promise<{ world: World; time: { hours: number } }> {
  const time = { hours: 0 };
  const world = await World.open({ clock: () => START + time.hours * HOUR });
  await world.ok(world.operator('PATCH', '/nodes/n1', { owner: 'a' }));
  return { world, time };
}

const lease = (world: World, from: number, until: number, more: object = {}, caller: Caller = world.a) =>
  caller('POST', '/leases', { node: 'n1', project: 'b', startsAt: at(from), endsAt: at(until), ...more });

const becomes = (world: World, id: string, state: string): Promise<Json> =>
  world.until(async () => {
    const now = await world.ok(world.operator('GET', `/leases/${id}`));
    return now.state === state && now;
  });

const isFree = (world: World, node = 'n1') =>
  world.until(async () => (await world.ok(world.operator('GET', `/nodes/${node}`))).state === 'free');

describe('a lease', () => {
  it('opens and closes access by itself, and tells tenant and owner', async () => {
    const { world, time } = await market();
    await using _ = world;
    await world.refused(world.b('GET', '/nodes/n1'), 404, 'node_not_found');
    const { id, state } = await world.ok(lease(world, 1, 3, { noticeSeconds: 3600 }));
    assert.equal(state, 'scheduled');
    assert.equal((await world.ok(world.b('GET', '/leases')))[0].id, id);
    time.hours = 1;
    await becomes(world, id, 'active');
    const held = await world.ok(world.b('GET', '/nodes/n1'));
    assert.deepEqual([held.project, held.owner, held.lease.id], ['b', 'a', id]);
    await world.network('net', 'b');
    await world.done(world.b('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    await world.ok(world.b('PUT', '/nodes/n1/power', { action: 'on' }));
    time.hours = 2;
    await world.until(async () => (await world.events('lease.ending')).length > 0);
    time.hours = 3;
    await becomes(world, id, 'ended');
    await isFree(world);
    assert.equal(world.bmc(1).power, 'off');
    await world.refused(world.b('GET', '/nodes/n1'), 404, 'node_not_found');
    for (const caller of [world.a, world.b]) {
      const events = await world.ok(caller('GET', '/events'));
      const kinds = events.map(({ kind }: Json) => kind).filter((kind: string) => kind.startsWith('lease.'));
      assert.deepEqual(kinds, ['lease.scheduled', 'lease.started', 'lease.ending', 'lease.ended']);
    }
    assert.equal((await world.ok(world.a('GET', '/events'))).at(-1).kind, 'node.returned');
    await world.allocate('n1', 'a');
  });

  it('an owner sees its own node while it is leased away, and not what the tenant does with it', async () => {
    const { world } = await market();
    await using _ = world;
    const { id } = await world.ok(lease(world, 0, 3));
    await becomes(world, id, 'active');
    await world.network('secret', 'b');
    await world.done(world.b('PUT', '/nodes/n1/nics/eth0/networks/secret', {}));
    for (const seen of [
      await world.ok(world.a('GET', '/nodes/n1')),
      (await world.ok(world.a('GET', '/nodes'))).find(({ name }: Json) => name === 'n1'),
    ]) {
      assert.deepEqual([seen.state, seen.lease.id, seen.lease.endsAt], ['allocated', id, at(3)]);
      assert.deepEqual([seen.project, seen.allocation, seen.nics[0].networks], [null, null, []]);
    }
    for (const [method, path, body] of [
      ['GET', '/nodes/n1/console'],
      ['GET', '/nodes/n1/power'],
      ['PUT', '/nodes/n1/power', { action: 'off' }],
      ['PUT', '/nodes/n1/boot-device', { device: 'disk' }],
      ['PUT', '/nodes/n1/nics/eth0/networks/secret', {}],
      ['POST', '/nodes/n1/release'],
    ] as const) {
      await world.refused(world.a(method, path, body), 409, 'node_held_by_another');
    }
    await world.refused(world.a('POST', `/leases/${id}/end`), 403, 'tenant_only');
    await world.refused(world.b('POST', `/leases/${id}/recall`), 403, 'owner_only');
    await world.refused(world.b('PATCH', `/leases/${id}`, { endsAt: at(9) }), 403, 'owner_only');
  });

  it('only the owner leases a node, and only at times when nobody has it', async () => {
    const { world } = await market();
    await using _ = world;
    await world.ok(lease(world, 2, 4));
    await world.refused(lease(world, 3, 5), 409, 'lease_overlaps');
    await world.refused(lease(world, 1, 9), 409, 'lease_overlaps');
    await world.ok(lease(world, 4, 5));
    await world.ok(lease(world, 1, 2));
    await world.refused(lease(world, 6, 6), 400, 'lease_invalid');
    await world.refused(lease(world, -5, -1), 400, 'lease_invalid');
    await world.refused(lease(world, 6, 7, { project: 'a' }), 400, 'lease_invalid');
    await world.refused(lease(world, 6, 7, { project: 'none' }), 404, 'project_not_found');
    await world.refused(lease(world, 6, 7, {}, world.b), 404, 'node_not_found');
    await world.refused(lease(world, 6, 7, { node: 'n2' }), 403, 'owner_only');
    await world.ok(lease(world, 6, 7, { node: 'n2' }, world.operator));
    await world.refused(world.b('POST', '/nodes/n2/allocate', { project: 'b' }), 409, 'node_leased');
    await world.refused(world.operator('PATCH', '/nodes/n1', { owner: null }), 409, 'node_leased');
    await world.refused(world.operator('DELETE', '/nodes/n1'), 409, 'node_leased');
    await world.refused(world.operator('DELETE', '/projects/b'), 409, 'project_in_use');
    const answers = await Promise.all([10, 10, 10].map((from) => lease(world, from, from + 1)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  });

  it('a recalled lease ends after its notice, or never begins', async () => {
    const { world, time } = await market();
    await using _ = world;
    const now = await world.ok(lease(world, 0, 8, { noticeSeconds: 7200 }));
    const later = await world.ok(lease(world, 8, 9, { noticeSeconds: 60 }));
    await becomes(world, now.id, 'active');
    const recalled = await world.ok(world.a('POST', `/leases/${now.id}/recall`));
    assert.deepEqual([recalled.state, recalled.endsAt, recalled.recalledAt], ['active', at(2), at(0)]);
    assert.deepEqual(await world.ok(world.a('POST', `/leases/${now.id}/recall`)), recalled);
    await world.refused(world.a('PATCH', `/leases/${now.id}`, { endsAt: at(5) }), 409, 'lease_not_extended');
    assert.equal((await world.ok(world.a('POST', `/leases/${later.id}/recall`))).state, 'ended');
    time.hours = 1.9;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await world.ok(world.b('GET', '/nodes/n1'))).state, 'allocated');
    time.hours = 2;
    await isFree(world);
    await world.refused(world.a('POST', `/leases/${now.id}/recall`), 409, 'lease_ended');
  });

  it('the tenant gives it back early, by the lease or by a release; an end can be moved away', async () => {
    const { world, time } = await market();
    await using _ = world;
    const first = await world.ok(lease(world, 0, 2));
    await becomes(world, first.id, 'active');
    await world.refused(
      world.a('PATCH', `/leases/${first.id}`, { endsAt: at(1) }),
      409,
      'lease_not_extended',
    );
    await world.ok(world.a('PATCH', `/leases/${first.id}`, { endsAt: at(4) }));
    time.hours = 3;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await world.ok(world.b('POST', `/leases/${first.id}/end`))).state, 'ended');
    await isFree(world);
    const second = await world.ok(lease(world, 3, 5));
    await becomes(world, second.id, 'active');
    await world.done(world.b('POST', '/nodes/n1/release'));
    await becomes(world, second.id, 'ended');
  });

  it('what hinders a start is told, and the lease begins when it is gone', async () => {
    const { world, time } = await market();
    await using _ = world;
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    await world.ok(world.operator('PUT', '/projects/b/quota', { nodes: 0, networks: null }));
    const { id } = await world.ok(lease(world, 1, 3));
    time.hours = 1;
    const waiting = await world.until(async () => {
      const now = await world.ok(world.b('GET', `/leases/${id}`));
      return now.cause?.includes('may hold 0') && now;
    });
    assert.equal(waiting.state, 'scheduled');
    // The owner held it: its release was begun.
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).nics[0].networks.length, 0);
    await world.ok(world.operator('PATCH', '/nodes/n1', { maintenance: { on: true, reason: 'a fan' } }));
    await world.ok(world.operator('PUT', '/projects/b/quota', { nodes: 1, networks: null }));
    await world.until(async () => (await world.ok(world.b('GET', `/leases/${id}`))).cause?.includes('a fan'));
    await world.ok(world.operator('PATCH', '/nodes/n1', { maintenance: { on: false } }));
    assert.equal((await becomes(world, id, 'active')).cause, null);
  });
});

describe('the lease clock', () => {
  it('does at its start what came due while the service was down', async () => {
    const { world, time } = await market();
    await using _ = world;
    const ending = await world.ok(lease(world, 0, 2));
    const missed = await world.ok(lease(world, 2, 3));
    const starting = await world.ok(lease(world, 3, 9));
    await becomes(world, ending.id, 'active');
    await world.service.close();
    time.hours = 4;
    await world.start();
    await becomes(world, starting.id, 'active');
    assert.equal((await world.ok(world.b('GET', `/leases/${missed.id}`))).state, 'ended');
    const opened = (await world.events('lease.started')).map(({ subject }) => subject);
    // Tenant and owner are both told.
    assert.deepEqual(new Set(opened), new Set([`lease/${ending.id}`, `lease/${starting.id}`]));
  });

  it('never re-opens what has ended when the clock goes back', async () => {
    const { world, time } = await market();
    await using _ = world;
    const { id } = await world.ok(lease(world, 0, 2));
    await becomes(world, id, 'active');
    time.hours = 500;
    await becomes(world, id, 'ended');
    time.hours = 1;
    await isFree(world); // Released although its end lies in the future again.
    await world.restart();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await world.ok(world.a('GET', `/leases/${id}`))).state, 'ended');
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).state, 'free');
  });

  it('a clock that goes back during a lease does not end it, and a release that fails is begun again', async () => {
    const { world, time } = await market();
    await using _ = world;
    time.hours = 1;
    const { id } = await world.ok(lease(world, 1, 2));
    await becomes(world, id, 'active');
    time.hours = -100;
    await world.restart();
    assert.equal((await world.ok(world.b('GET', '/nodes/n1'))).state, 'allocated');
    world.bmc(1).down = true;
    time.hours = 2;
    await becomes(world, id, 'ended');
    await world.until(async () => {
      const operations = await world.service.context.db.selectFrom('operations').selectAll().execute();
      return operations.filter(({ state }) => state === 'failed').length > 1;
    });
    assert.equal((await world.ok(world.operator('GET', '/nodes/n1'))).state, 'releasing');
    world.bmc(1).down = false;
    await isFree(world);
  });
});
