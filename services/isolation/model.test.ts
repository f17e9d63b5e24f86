/**
 * Random interleavings of requests and faults over a small world. Requests of one batch run at the same time, many of
 * them chosen to conflict. Whatever comes out of them, the invariants hold, and when the faults are over every port is as
 * the database says.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Database } from './context.ts';
import {
  assertFreeIsClosed,
  assertNoOrphans,
  assertNothingUnasked,
  portsSettle,
} from './testing/invariants.ts';
import { type Answer, type Caller, World } from './testing/world.ts';

/** `RUNS=1000 npm test` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 15);

const NODES = ['n1', 'n2'] as const;
const NETWORKS = ['net-a', 'net-b', 'same', 'a/same', 'a/net-a', 'b/net-b', 'open', 'alone'] as const;
type Tenant = 'a' | 'b';
type Who = Tenant | 'operator';

type Request = { text: string; run(world: World): Promise<unknown> };
const say = (text: string, run: Request['run']): Request => ({ text, run });

/** What the operator does to attachments it does as a tenant could, or the invariant would say nothing. */
const callerOf = (world: World, who: Who): Caller => world[who === 'operator' ? 'a' : who];
const on = (node: string, network: string) =>
  `/nodes/${node}/nics/eth0/networks/${encodeURIComponent(network)}`;

const allocate = (project: Tenant, node: string) =>
  say(`${project} allocates ${node}`, (world) =>
    world[project]('POST', `/nodes/${node}/allocate`, { project }),
  );
const release = (who: Who, node: string) =>
  say(`${who} releases ${node}`, (world) => world[who]('POST', `/nodes/${node}/release`));
const attach = (who: Who, node: string, network: string, mode = 'native') =>
  say(`${who} puts ${node} on ${network} ${mode}`, (world) =>
    callerOf(world, who)('PUT', on(node, network), { mode }),
  );
const detach = (who: Who, node: string, network: string) =>
  say(`${who} takes ${node} off ${network}`, (world) => world[who]('DELETE', on(node, network)));
const make = (project: Tenant, name: string) =>
  say(`${project} makes ${name}`, (world) => world[project]('POST', '/networks', { name, project }));
const remove = (project: Tenant, name: string) =>
  say(`${project} deletes ${name}`, (world) => world[project]('DELETE', `/networks/${name}`));
const grant = (project: Tenant, name: string, to: string) =>
  say(`${project} gives ${to} access to ${name}`, (world) =>
    world[project]('PUT', `/networks/${name}/access/${to}`),
  );
const revoke = (project: Tenant, name: string, to: string) =>
  say(`${project} takes access to ${name} from ${to}`, (world) =>
    world[project]('DELETE', `/networks/${name}/access/${to}`),
  );
const powerOn = (project: Tenant, node: string) =>
  say(`${project} powers ${node} on`, (world) =>
    world[project]('PUT', `/nodes/${node}/power`, { action: 'on' }),
  );

const node = fc.constantFrom(...NODES);
const network = fc.constantFrom(...NETWORKS);
const project = fc.constantFrom('a' as const, 'b' as const);
const who = fc.constantFrom('a' as const, 'b' as const, 'operator' as const);
const mode = fc.constantFrom('native', 'tagged');
const own = fc
  .tuple(project, fc.boolean())
  .map(([project, same]) => [project, same ? 'same' : `net-${project}`] as const);
const otherThan = (project: Tenant): Tenant => (project === 'a' ? 'b' : 'a');

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.tuple(project, node).map((all) => allocate(...all)),
  fc.tuple(who, node).map((all) => release(...all)),
  fc.tuple(who, node, network, mode).map((all) => attach(...all)),
  fc.tuple(who, node, network).map((all) => detach(...all)),
  own.map((all) => make(...all)),
  own.map((all) => remove(...all)),
  own.map(([project, name]) => grant(project, name, otherThan(project))),
  own.map(([project, name]) => revoke(project, name, otherThan(project))),
  fc.tuple(project, node).map((all) => powerOn(...all)),
);

/** Requests of which no more than one may have its way, or none without the other's end. */
const race: fc.Arbitrary<Request[]> = fc.oneof(
  node.map((node) => [allocate('a', node), allocate('b', node)]),
  fc
    .tuple(project, node, own)
    .map(([who, node, [owner, name]]) => [
      attach(who, node, `${owner}/${name}`),
      release(who, node),
      allocate(otherThan(who), node),
    ]),
  fc
    .tuple(project, node, own)
    .map(([who, node, [owner, name]]) => [
      attach(who, node, `${owner}/${name}`, 'tagged'),
      remove(owner, name),
      make(owner, name),
    ]),
  fc
    .tuple(node, own)
    .map(([node, [owner, name]]) => [
      attach(otherThan(owner), node, `${owner}/${name}`),
      revoke(owner, name, otherThan(owner)),
      detach(otherThan(owner), node, `${owner}/${name}`),
    ]),
  fc
    .tuple(project, node, network)
    .map(([who, node, name]) => [
      attach(who, node, name),
      attach(who, node, name, 'tagged'),
      detach(who, node, name),
    ]),
);

/** Each begins after so many turns of the event loop, few of which are a whole request's: mostly they run side by side. */
type Batch = { request: Request; turns: number }[];
const batch: fc.Arbitrary<Batch> = fc
  .oneof(fc.array(request, { minLength: 1, maxLength: 4 }), race)
  .chain((requests) =>
    fc
      .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3)), {
        minLength: requests.length,
        maxLength: requests.length,
      })
      .map((turns) => requests.map((request, index) => ({ request, turns: turns[index]! }))),
  );

const DRIFT = 'drifts';
const fault: fc.Arbitrary<Request> = fc.oneof(
  fc.boolean().map((down) => say(`switch down: ${down}`, async ({ switch: s1 }) => void (s1.down = down))),
  fc.boolean().map((down) => say(`BMC down: ${down}`, async (world) => void (world.bmc(1).down = down))),
  fc
    .constantFrom('failApplies' as const, 'failAppliesHalfway' as const, 'lieApplies' as const)
    .map((kind) => say(kind, async ({ switch: s1 }) => void (s1[kind] = 2))),
  fc.constantFrom('p1', 'p2').map((port) => say(DRIFT, async ({ switch: s1 }) => s1.drift(port))),
  fc
    .constantFrom(0, 3)
    .map((latency) => say(`latency ${latency}`, async ({ switch: s1 }) => void (s1.latencyMs = latency))),
  fc.constant(say('restart', (world) => world.restart())),
);

/** Batches of requests that run at once, with a fault before each. */
type Story = [Request | null, Batch][];
const story = fc.array(fc.tuple(fc.option(fault, { freq: 2 }), batch), { minLength: 4, maxLength: 12 });

it('no interleaving makes two owners, an orphan, or a port that is not as the database says', async (t) => {
  const seen = { runs: 0, requests: 0, overlapped: 0, atOnce: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(story, async (batches: Story) => {
      await using world = await openWorld();
      let drifted = false;
      for (const [fault, requests] of batches) {
        await fault?.run(world);
        drifted ||= fault?.text === DRIFT;
        await runAtOnce(world, requests, seen);
        await atOneMoment(world, async (db) => {
          await assertNoOrphans(db);
          if (drifted) return;
          await assertNothingUnasked(db, (port) => world.switch.state(port));
          await assertFreeIsClosed(db, (port) => world.switch.state(port));
        });
      }
      seen.runs++;
      await comeToRest(world);
    }),
    { numRuns: RUNS, endOnFailure: process.env.RUNS === undefined },
  );
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.overlapped > seen.requests / 5, 'requests were in flight together');
  assert.ok(seen.refused > 0, 'requests were in conflict');
});

async function openWorld(): Promise<World> {
  const world = await World.open({ reconciler: { driftIntervalMs: 25, retryMs: 2, retryMaxMs: 10 } });
  for (const project of ['a', 'b'] as const) {
    await world.network(`net-${project}`, project);
    await world.network('same', project);
  }
  await world.network('open', null, { public: true });
  await world.network('alone', null, { public: true, isolated: true });
  await world.ok(world.a('PUT', '/networks/same/access/b'));
  return world;
}

/** No row changes between what `look` reads: work goes on beside it, and each of its reads is else of another moment. */
const atOneMoment = (world: World, look: (db: Database) => Promise<void>): Promise<void> =>
  world.service.context.db.transaction().execute(look);

type Seen = { requests: number; overlapped: number; atOnce: number; refused: number };

async function runAtOnce(world: World, batch: Batch, seen: Seen): Promise<void> {
  let inFlight = 0;
  await Promise.all(
    batch.map(async ({ request, turns }) => {
      for (let count = 0; count < turns; count++) await turn();
      if (++inFlight > 1) seen.overlapped++;
      seen.atOnce = Math.max(seen.atOnce, inFlight);
      const { status, body } = (await request.run(world)) as Answer;
      inFlight--;
      assert.notEqual(status, 500, JSON.stringify(body));
      seen.requests++;
      if (status === 409) seen.refused++;
    }),
  );
}

/** The faults end: all work ends, every node can be released, and every port and invariant is in order. */
async function comeToRest(world: World): Promise<void> {
  const { switch: s1 } = world;
  Object.assign(s1, { down: false, failApplies: 0, failAppliesHalfway: 0, lieApplies: 0, latencyMs: 0 });
  world.bmc(1).down = false;
  await atRest(world);
  for (const node of NODES) {
    const { state } = await world.ok(world.operator('GET', `/nodes/${node}`));
    if (state !== 'free') await world.done(world.operator('POST', `/nodes/${node}/release`));
  }
  await atRest(world);
  assert.equal((await world.service.context.db.selectFrom('attachments').selectAll().execute()).length, 0);
}

/** The end of all work: every port and every invariant in order. */
async function atRest(world: World): Promise<void> {
  const { db } = world.service.context;
  const hardware = (port: string) => world.switch.state(port);
  await world.until(async () => {
    const running = await db.selectFrom('operations').select('id').where('state', '=', 'running').execute();
    return running.length === 0;
  });
  await portsSettle(db, 's1', hardware);
  await atOneMoment(world, async (db) => {
    await assertNoOrphans(db);
    await assertNothingUnasked(db, hardware);
    await assertFreeIsClosed(db, hardware);
  });
}
