import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { DataCentre } from './testing/data-centre.ts';

describe('the market on the command line', () => {
  let dc: DataCentre;
  const tokens: Record<string, string> = {};
  let name = '';
  before(async () => {
    dc = await DataCentre.open({ market: true });
    await dc.furnish();
    for (const project of ['hospital', 'startup']) {
      await dc.value(['project', 'create', project]);
      tokens[project] = (await dc.value<{ token: string }>(['project', 'token', project])).token;
      await dc.value(['market', 'credit', '1000', '--party', project]);
    }
    for (const node of ['node1', 'node2']) {
      await dc.value(['node', 'set', node, '--owner', 'hospital']);
      const enrolled = ['market', 'enroll', node, '--owner', 'hospital', '--attribute', 'cpu=epyc'];
      name = (await dc.value<{ class: string }>(enrolled)).class;
    }
  });
  after(() => dc.close());

  test('an owner asks, a buyer bids, the auction clears and is verified here', async () => {
    await dc.value(
      ['market', 'ask', name, '--nodes', '2', '--until', '10m', '--reserve', '0.5'],
      tokens.hospital,
    );
    const bid = await dc.value<{ id: string }>(
      ['market', 'bid', name, '--nodes', '1', '--for', '5m', '--limit', '2.5', '--latest', '5m'],
      tokens.startup,
    );
    const seen = await until(async () => {
      const leases = await dc.value<{ id: string; state: string }[]>(['market', 'leases'], tokens.startup);
      return leases.find(({ id }) => id === bid.id);
    });
    assert.ok(seen);
    const verdict = await dc.bullion(['auction', 'verify', '1'], tokens.startup);
    assert.match(verdict.stdout, /Auction 1 is as its commitment says: 1 bids, 1 of them won/);
    assert.match(
      verdict.stdout,
      /1 more are under your names: `bullion auction orders 1`/,
      'the bid has won',
    );
    const forged = await dc.bullion(['auction', 'verify', '1', '--root', '0'.repeat(64)], tokens.startup);
    assert.equal(forged.code, 1);
    assert.match(forged.stdout, /NOT as it should be/);
    const kept = join(dc.folder, 'my-bid.json');
    await writeFile(kept, JSON.stringify(bid));
    const mine = await dc.bullion(['auction', 'verify', '1', '--orders', kept], tokens.startup);
    assert.match(mine.stdout, /Of your orders 1 that you kept are in it, unchanged\.$/m);
    await writeFile(kept, JSON.stringify({ ...bid, limit: '2500001' }));
    const changed = await dc.bullion(['auction', 'verify', '1', '--orders', kept], tokens.startup);
    assert.equal(changed.code, 1);
    assert.match(
      changed.stdout,
      /is NOT in it as you placed it: its limit is "2500000", and was placed as "2500001"/,
    );
    await writeFile(kept, '{"id":1}');
    const unreadable = await dc.bullion(['auction', 'verify', '1', '--orders', kept], tokens.startup);
    assert.equal(unreadable.code, 2);
    assert.match(unreadable.stderr, /neither an ask, a bid/);
    const open = await dc.bullion(['auction', 'verify', '1'], tokens.hospital);
    assert.match(open.stdout, /Of your orders 1 that stand open are in it/, 'the ask');
    assert.match((await dc.bullion(['market', 'prices'])).stdout, /cpu=epyc +0\.510204/);
    const classes = await dc.bullion(['market', 'classes'], tokens.startup);
    assert.match(classes.stdout, /c-[0-9a-f]{16} +cpu=epyc +2 +0\.510204/);
    const table = await dc.bullion(['market', 'leases'], tokens.hospital);
    assert.match(table.stdout, /startup +hospital +1/);
  });

  test('who reserves is told that a claim is due, and by when', async () => {
    const args = ['market', 'bid', name, '--nodes', '1', '--for', '5s', '--limit', '3', '--from', '5m'];
    const bid = await dc.bullion(args, tokens.startup);
    const [, id] = /`bullion market claim (\S+)`, within 2s of its start/.exec(bid.stdout) ?? [];
    assert.ok(id, bid.stdout);
    type Lease = { id: string; start: string; claimBy: string | null };
    const leases = () => dc.value<Lease[]>(['market', 'leases'], tokens.startup);
    const won = await until(async () => (await leases()).find((one) => one.id === id));
    assert.equal(Date.parse(won.claimBy!) - Date.parse(won.start), 2000);
    assert.match((await dc.bullion(['market', 'leases'], tokens.startup)).stdout, /CLAIM BY/);
    await dc.value(['market', 'claim', id], tokens.startup);
    assert.equal((await leases()).find((one) => one.id === id)?.claimBy, null);
  });

  test('the orders of an auction are shown under its names: one’s own marked, all told to an auditor', async () => {
    const ofStartup = await dc.bullion(['auction', 'orders', '1'], tokens.startup);
    assert.match(ofStartup.stdout, /^bid +[0-9a-f]{12} +[0-9a-f]{12} .* yes +startup$/m);
    assert.doesNotMatch(ofStartup.stdout, /hospital/);
    const ofAll = await dc.bullion(['auction', 'orders', '1']);
    assert.match(ofAll.stdout, /^ask .* yes +hospital$/m);
    assert.match(ofAll.stdout, /^bid .* yes +startup$/m);
    const verified = await dc.bullion(['auction', 'verify', '1']);
    assert.match(verified.stdout, /^Auction 1 is as its commitment says.*\n$/, 'an operator has no orders');
    assert.match((await dc.bullion(['auction', 'orders', '0'])).stderr, /numbered from 1/);
  });

  test('what the API knows of an order is said by options too', async () => {
    const ask = ['market', 'ask', name, '--nodes', '1', '--until', '2m', '--from', '1m', '--reserve', '1'];
    type Ask = { id: string; minLease: number; maxPerBuyer: number };
    await dc.bullion(
      [
        'market',
        'withdraw',
        (await dc.value<{ asks: Ask[] }>(['market', 'orders'], tokens.hospital)).asks[0]!.id,
      ],
      tokens.hospital,
    );
    const made = await dc.value<Ask>([...ask, '--min-lease', '3s', '--max-per-buyer', '1'], tokens.hospital);
    assert.deepEqual([made.minLease, made.maxPerBuyer], [3, 1]);
    const bid = ['market', 'bid', name, '--nodes', '1', '--for', '5s', '--limit', '1', '--from', '9m'];
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    type Bid = { nonce: string; expires: string };
    const placed = await dc.value<Bid>(
      [...bid, '--expires', expires, '--nonce', 'my-secret'],
      tokens.startup,
    );
    assert.deepEqual([placed.nonce, placed.expires], ['my-secret', expires]);
    const quote = ['market', 'quote', '--nodes', '1', '--for', '5s', '--limit', '1', '--party', 'hospital'];
    assert.match((await dc.bullion(quote)).stdout, /deposit +5/);
    assert.match((await dc.bullion(['market', 'recall', name, '--nodes', '1'])).stderr, /--party PROJECT/);
  });

  test('the ledger is verified: here by an auditor, by the market for a party', async () => {
    assert.match((await dc.bullion(['ledger', 'verify'])).stdout, /sum to zero \(checked here\)/);
    assert.match((await dc.bullion(['ledger', 'verify'], tokens.startup)).stdout, /market's own word/);
    const { head } = await dc.value<{ head: string }>(['ledger', 'verify']);
    assert.equal((await dc.bullion(['ledger', 'verify', '--head', head])).code, 0);
    const other = await dc.bullion(['ledger', 'verify', '--head', head.replaceAll(/./g, '0')]);
    assert.equal(other.code, 1);
    assert.match(other.stdout, /no entry has the hash 0000/);
    const { stdout } = await dc.bullion(['ledger', 'entries'], tokens.startup);
    assert.match(stdout, /startup:free +1000 +credits made/);
    assert.doesNotMatch(stdout, /hospital/);
  });

  test('an agent runs a policy for a slot, and says what it did', async () => {
    const input = join(dc.folder, 'jobs.json');
    const deadline = new Date(Date.now() + 300_000).toISOString();
    const job = { id: 'j1', nodes: 1, for: '5s', deadline, value: '10' };
    const jobs = (...list: object[]) => writeFile(input, JSON.stringify({ jobs: list }));
    await jobs(job);
    const args = [
      'agent',
      'run',
      '--as',
      'buyer',
      '--policy',
      'queue',
      '--party',
      'startup',
      '--class',
      name,
    ];
    const ran = await dc.bullion([...args, '--input', input, '--rounds', '1'], tokens.startup);
    assert.match(ran.stdout, /"do":"bid","job":"j1","nodes":1,"slots":5,"limit":"2000000"/);
    for (const [field, value, told] of [
      ['nodes', 0, /"nodes" of jobs\[0\] \("j1"\) must be a whole number, 1 or more/],
      ['for', '0s', /"for" of jobs\[0\] \("j1"\): It must be longer than nothing/],
      ['deadline', 179530677, /"deadline" of jobs\[0\] \("j1"\) must be a text/],
      ['value', '1.5 credits', /"value" of jobs\[0\] \("j1"\): Write credits with at most six decimals/],
    ] as const) {
      await jobs({ ...job, [field]: value });
      const refused = await dc.bullion([...args, '--input', input, '--rounds', '1'], tokens.startup);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, told);
    }
    const help = await dc.bullion(['agent', 'run', '--help']);
    assert.match(help.stdout, /default: 1\)/);
    assert.doesNotMatch(help.stdout, /default: "?1000000/);
    const none = await dc.bullion([...args.with(5, 'nix'), '--rounds', '1'], tokens.startup);
    assert.match(none.stderr, /is no policy/);
  });

  test('the operator says that an owner does not deliver, and its tenant has its lease ended', async () => {
    type Lease = { id: string; state: string; why: string; parts: { id: string }[] };
    const leases = await dc.value<Lease[]>(['market', 'leases'], tokens.startup);
    const { id, parts } = leases.find(({ state }) => state !== 'ended')!;
    const part = parts[0]!.id;
    assert.equal((await dc.bullion(['market', 'fail', part], tokens.startup)).code, 5, 'operators alone');
    assert.match((await dc.bullion(['market', 'fail', part])).stdout, /is moved, or compensated/);
    const now = await dc.value<Lease[]>(['market', 'leases'], tokens.startup);
    const { state, why } = now.find((one) => one.id === id)!;
    assert.deepEqual([state, why], ['ended', 'hospital did not deliver']);
    assert.equal((await dc.bullion(['market', 'fail', 'none.1'])).code, 3);
  });

  test('what the funds hold is shown to all', async () => {
    const before = await dc.value<Record<string, string>>(['market', 'funds'], tokens.startup);
    assert.deepEqual(Object.keys(before), ['fee', 'insurance', 'subsidy', 'promised']);
    await dc.bullion(['market', 'credit', '7', '--fund', 'insurance']);
    const { insurance } = await dc.value<Record<string, string>>(['market', 'funds'], tokens.startup);
    assert.equal(BigInt(insurance!) - BigInt(before.insurance!), 7_000_000n);
    assert.match((await dc.bullion(['market', 'funds'])).stdout, /^insurance +\d/m);
  });

  test('the rules are shown to all, and set by the operator', async () => {
    const rules = await dc.bullion(['market', 'rules'], tokens.startup);
    assert.match(rules.stdout, /sharePpm +500000/);
    assert.match(rules.stdout, /bond\.slots +96/);
    const set = ['market', 'rules', 'set', 'bond.slots', '48'];
    assert.equal((await dc.bullion(set, tokens.startup)).code, 5);
    assert.match((await dc.bullion(set)).stdout, /bond\.slots +48/);
    assert.equal((await dc.bullion(['market', 'rules', 'set', 'sharePpm', '2000000'])).code, 2);
    assert.match((await dc.bullion(['market', 'rules', 'set', 'nix', '1'])).stderr, /nix/);
    assert.match((await dc.bullion(['market', 'rules'])).stdout, /bond\.ppm +200000/);
  });

  test('what is wrong is refused in words', async () => {
    const bid = ['market', 'bid', name, '--nodes', '1', '--for', '5s', '--limit', '1', '--tier', 'safe'];
    assert.match((await dc.bullion(bid, tokens.startup)).stderr, /open, attested or encrypted/);
    const short = await dc.bullion(
      ['market', 'bid', name, '--nodes', '2', '--for', '5m', '--limit', '9999'],
      tokens.startup,
    );
    assert.equal(short.code, 4);
    assert.match(short.stderr, /5999400 credits are needed \(deposit of a bid\); startup has \d/);
    assert.equal(
      (await dc.bullion(['market', 'bid', name, '--nodes', '0', '--for', '1h', '--limit', '1'])).code,
      2,
    );
    assert.equal((await dc.bullion(['market', 'halt'], tokens.startup)).code, 5);
    const nothing = await dc.bullion(['market', 'extend', 'x', '--by', '0s', '--limit', '1']);
    assert.deepEqual([nothing.code, /longer than nothing/.test(nothing.stderr)], [2, true]);
  });
});

async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (
    const end = Date.now() + 20_000;
    Date.now() < end;
    await new Promise((wait) => setTimeout(wait, 100))
  ) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error('not within 20 s');
}
