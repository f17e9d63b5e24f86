/**
 * Random interleavings of requests and faults over a small world. Requests of one batch run at the same time. Whatever
 * comes out of them, the invariants hold, and when the faults are over every port is as the database says.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { assertFreeIsClosed, assertLeases, assertNoOrphans, portsSettle } from '../testing/invariants.ts';
import { type Caller, World } from '../testing/world.ts';

/** `RUNS=1000 npm test` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 15);

const node = fc.constantFrom('n1', 'n2');
const network = fc.constantFrom('net-a', 'net-b', 'open', 'alone');
const project = fc.constantFrom('a' as const, 'b' as const);
const who = fc.constantFrom('a' as const, 'b' as const, 'operator' as const);

type Request = (world: World) => Promise<unknown>;
const say = (text: string, run: Request): Request => Object.assign(run, { toString: () => text });

const request: fc.Arbitrary<Request> = fc.oneof(
  fc
    .tuple(project, node)
    .map(([project, node]) =>
      say(`${project} allocates ${node}`, (world) =>
        world[project]('POST', `/nodes/${node}/allocate`, { project }),
      ),
    ),
  fc
    .tuple(who, node)
    .map(([who, node]) =>
      say(`${who} releases ${node}`, (world) => world[who]('POST', `/nodes/${node}/release`)),
    ),
  fc.tuple(who, node, network, fc.constantFrom('native', 'tagged')).map(([who, node, network, mode]) =>
    say(`${who} puts ${node} on ${network} ${mode}`, (world) => {
      // The operator may do anything: it keeps to what the tenants could do, or the invariant would say nothing.
      const caller: Caller = who === 'operator' ? world.a : world[who];
      return caller('PUT', `/nodes/${node}/nics/eth0/networks/${network}`, { mode });
    }),
  ),
  fc
    .tuple(who, node, network)
    .map(([who, node, network]) =>
      say(`${who} takes ${node} off ${network}`, (world) =>
        world[who]('DELETE', `/nodes/${node}/nics/eth0/networks/${network}`),
      ),
    ),
  fc
    .tuple(project, fc.boolean())
    .map(([project, remove]) =>
      say(`${project} ${remove ? 'deletes' : 'makes'} its network`, (world) =>
        remove
          ? world[project]('DELETE', `/networks/net-${project}`)
          : world[project]('POST', '/networks', { name: `net-${project}`, project }),
      ),
    ),
  fc
    .tuple(project, node)
    .map(([project, node]) =>
      say(`${project} powers ${node} on`, (world) =>
        world[project]('PUT', `/nodes/${node}/power`, { action: 'on' }),
      ),
    ),
);

/** The second node belongs to `a`, which leases it to `b`; times are in the hours of the story's clock. */
const leases: fc.Arbitrary<Request> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('a', 'operator'),
        node,
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(([who, node, from, hours]) =>
        say(`${who} leases ${node} for ${hours} h in ${from} h`, async (world) => {
          const at = (hour: number) => new Date(clock.now() + hour * HOUR).toISOString();
          const times = { startsAt: at(from), endsAt: at(from + hours), noticeSeconds: 1800 };
          const caller = world[who as 'operator'];
          const answer = await caller('POST', '/leases', { node, project: 'b', ...times });
          await setTimeout(20); // So that it begins, where it may.
          return answer;
        }),
      ),
  },
  fc.tuple(who, fc.constantFrom('recall', 'end'), fc.nat()).map(([who, verb, which]) =>
    say(`${who} asks to ${verb} lease ${which}`, async (world) => {
      const open = await world.ok(world.operator('GET', '/leases?open=true'));
      if (open.length === 0) return { status: 200 };
      return await world[who]('POST', `/leases/${open[which % open.length].id}/${verb}`);
    }),
  ),
  fc
    .tuple(node, fc.constantFrom(null, 'a', 'b'))
    .map(([node, owner]) =>
      say(`${node} goes to ${owner}`, (world) => world.operator('PATCH', `/nodes/${node}`, { owner })),
    ),
  fc
    .tuple(node, fc.boolean())
    .map(([node, on]) =>
      say(`maintenance of ${node}: ${on}`, (world) =>
        world.operator('PATCH', `/nodes/${node}`, { maintenance: { on } }),
      ),
    ),
);

const HOUR = 3600_000;
/** The wall clock of a story, which jumps. */
const clock = { hours: 0, now: () => Date.parse('2030-01-01') + clock.hours * HOUR };

const fault: fc.Arbitrary<Request> = fc.oneof(
  fc.boolean().map((down) => say(`switch down: ${down}`, async ({ switch: s1 }) => void (s1.down = down))),
  fc.boolean().map((down) => say(`BMC down: ${down}`, async (world) => void (world.bmc(1).down = down))),
  fc
    .constantFrom('failApplies' as const, 'failAppliesHalfway' as const, 'lieApplies' as const)
    .map((kind) => say(kind, async ({ switch: s1 }) => void (s1[kind] = 2))),
  fc.constantFrom('p1', 'p2').map((port) => say(`${port} drifts`, async ({ switch: s1 }) => s1.drift(port))),
  fc
    .constantFrom(0, 3)
    .map((latency) => say(`latency ${latency}`, async ({ switch: s1 }) => void (s1.latencyMs = latency))),
  fc.constant(say('restart', (world) => world.restart())),
  fc
    .integer({ min: -2, max: 4 })
    .map((hours) => say(`the clock jumps ${hours} h`, async () => void (clock.hours += hours))),
);

/** Batches of requests that run at once, with a fault before each. */
const story = fc.array(
  fc.tuple(
    fc.option(fault),
    fc.array(fc.oneof({ weight: 3, arbitrary: request }, { weight: 2, arbitrary: leases }), {
      minLength: 1,
      maxLength: 4,
    }),
  ),
  {
    minLength: 4,
    maxLength: 12,
  },
);

it('no interleaving makes two owners, an orphan, or a port that is not as the database says', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (batches) => {
      await using world = await World.open({
        reconciler: { driftIntervalMs: 25, retryMs: 2, retryMaxMs: 10 },
        clock: clock.now,
      });
      await world.ok(world.operator('PATCH', '/nodes/n2', { owner: 'a' }));
      for (const project of ['a', 'b'] as const) await world.network(`net-${project}`, project);
      await world.network('open', null, { public: true });
      await world.network('alone', null, { public: true, isolated: true });
      for (const [fault, requests] of batches) {
        await fault?.(world);
        const answers = (await Promise.all(requests.map((run) => run(world)))) as {
          status: number;
          body: unknown;
        }[];
        for (const { status, body } of answers) assert.notEqual(status, 500, JSON.stringify(body));
        await assertNoOrphans(world.service.context.db);
        await assertLeases(world.service.context.db);
      }
      const { switch: s1 } = world;
      Object.assign(s1, { down: false, failApplies: 0, failAppliesHalfway: 0, lieApplies: 0, latencyMs: 0 });
      world.bmc(1).down = false;
      clock.hours += 1000; // Every lease is over.
      await atRest(world);
      for (const node of ['n1', 'n2']) {
        const { state } = await world.ok(world.operator('GET', `/nodes/${node}`));
        if (state !== 'free') await world.done(world.operator('POST', `/nodes/${node}/release`));
      }
      await atRest(world);
      assert.equal(
        (await world.service.context.db.selectFrom('attachments').selectAll().execute()).length,
        0,
      );
    }),
    { numRuns: RUNS, endOnFailure: process.env.RUNS === undefined },
  );
});

/** The end of all work: every port and every invariant in order. */
async function atRest(world: World): Promise<void> {
  const { db } = world.service.context;
  const hardware = (port: string) => world.switch.state(port);
  await world.until(async () => {
    const running = await db.selectFrom('operations').select('id').where('state', '=', 'running').execute();
    const due = await db.selectFrom('leases').select('id').where('due_at', 'is not', null).execute();
    return running.length === 0 && due.length === 0;
  });
  await portsSettle(db, 's1', hardware);
  await assertNoOrphans(db);
  await assertFreeIsClosed(db, hardware);
}
