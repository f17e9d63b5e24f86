/** What others learn of who bid and asked: the names of a batch, through the API, from the first order to the last page. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decode, findBid, type Transcript, verifyTranscript } from '@bullion/clearing';
import { Site } from './testing/site.ts';

const NAMES = ['hospital', 'startup', 'subsidiary', 'rival', 'university'];
/** In any text that leads to a party: its name, its ids and nonces (which begin with it), and hashes without the secret. */
const TRACES = [...NAMES, 'holding'].flatMap((name) => [
  name,
  ...['sha256', 'md5'].flatMap((kind) => {
    const digest = createHash(kind).update(name).digest();
    return [digest.toString('hex').slice(0, 12), digest.toString('base64').slice(0, 12)];
  }),
  Buffer.from(name).toString('base64').slice(0, 8),
]);

/** An owner lets to some, three bid, two of them of one legal owner; `stranger` is a party that only looks on. */
async function traded(site: Site) {
  const { world } = site;
  site.tokens.auditor = await world.service.createToken('auditor', 'test');
  for (const name of [...NAMES, 'stranger']) {
    await world.ok(world.operator('POST', '/projects', { name }));
    site.tokens[name] = (
      await world.ok(world.operator('POST', `/projects/${name}/tokens`, { label: 'm' }))
    ).token;
    await site.ok('operator', 'POST', '/credits', { party: name, amount: '1000000000' });
  }
  for (const party of ['startup', 'subsidiary'])
    await site.ok('operator', 'PUT', `/parties/${party}`, { legal: 'holding' });
  for (const node of ['n1', 'n2'])
    await world.ok(world.operator('PATCH', `/nodes/${node}`, { owner: 'hospital' }));
  let name = '';
  for (const node of ['n1', 'n2']) {
    const attributes = { cpu: 'epyc' };
    name = (await site.ok('operator', 'PUT', `/nodes/${node}`, { owner: 'hospital', attributes })).class;
  }
  await site.ok('hospital', 'POST', '/asks', {
    ...{ id: 'hospital-ask', class: name, nodes: 2, end: site.iso(400), reserve: '1000000' },
    allow: ['startup', 'subsidiary', 'rival', 'university'],
  });
  const bids: Record<string, { id: string; nonce: string; limit: string }> = {};
  const bid = async (who: string, limit: string, nodes = 1) => {
    const order = { id: `${who}-bid`, nonce: `${who}-nonce`, latest: site.iso(200), minNoticeSlots: null };
    bids[who] = await site.ok(who, 'POST', '/bids', { ...order, classes: [name], nodes, slots: 100, limit });
  };
  await site.ok('stranger', 'POST', '/bids', { classes: [name], nodes: 1, slots: 1, limit: '1' });
  await bid('startup', '4000000', 2);
  await bid('subsidiary', '1000001');
  await bid('rival', '1000000');
  await site.clear();
  await site.clear();
  return { name, bids };
}

const transcriptOf = async (site: Site, number: number, who = 'stranger') =>
  decode((await site.ok(who, 'GET', `/auctions/${number}/transcript`)).transcript) as Transcript;

test('nothing that an outsider is answered leads to who asked and bid', async () => {
  await using site = await Site.open();
  await traded(site);
  const answers: Record<string, string> = {};
  for (const path of [
    ...['/auctions', '/auctions/1', '/auctions/1/transcript', '/auctions/2/transcript', '/auctions/1/names'],
    ...[
      '/events',
      '/prices',
      '/asks',
      '/bids',
      '/leases',
      '/classes',
      '/ledger/entries',
      '/health',
      '/nodes',
    ],
  ]) {
    const { status, body } = await site.ask('stranger', 'GET', path);
    if (path !== '/classes') assert.equal(status, 200, path);
    answers[path] = JSON.stringify(body);
  }
  assert.match(answers['/auctions/1/transcript']!, /4000000/);
  assert.match(answers['/events']!, /auction\.cleared/, 'it took part itself');
  for (const [path, text] of Object.entries(answers))
    for (const trace of TRACES) assert.ok(!text.includes(trace), `${path} has "${trace}": ${text}`);
  const secrets = await site.service.context.db.selectFrom('auctions').select('secret').execute();
  assert.equal(secrets.length, 2);
  for (const who of Object.keys(site.tokens))
    for (const path of [
      '/auctions',
      '/auctions/1',
      '/auctions/1/transcript',
      '/auctions/1/names',
      '/events',
    ]) {
      const text = JSON.stringify((await site.ask(who, 'GET', path)).body);
      for (const { secret } of secrets)
        assert.ok(!text.includes(secret!), `${who} is told a secret by ${path}`);
    }
});

test('two batches have nothing in common but what the orders say', async () => {
  await using site = await Site.open();
  await traded(site);
  const [first, second] = [await transcriptOf(site, 1), await transcriptOf(site, 2)];
  const namesOf = ({ batch: { asks, bids, commitments } }: Transcript) => [
    ...asks.flatMap((ask) => [ask.id, ask.owner, ...(ask.allow ?? [])]),
    ...bids.flatMap(({ id, buyer, nonce, behind }) => [id, buyer, nonce, behind]),
    ...commitments.flatMap(({ ask, buyer, behind }) => [ask, buyer, behind]),
  ];
  const before = new Set(namesOf(first).filter((one) => one !== undefined));
  assert.ok(second.batch.bids.length > 0 && second.batch.commitments.length > 0);
  assert.ok(namesOf(second).every((one) => one === undefined || !before.has(one)));
  const [subsidiary] = second.batch.bids.filter(({ limit }) => limit === 1_000_001n);
  assert.ok(subsidiary!.behind, 'that two parties are one is still said');
});

test('an outsider recomputes it; a party finds its own orders in it, and not what was changed of them', async () => {
  await using site = await Site.open();
  const { bids } = await traded(site);
  const { root } = await site.ok('stranger', 'GET', '/auctions/1');
  const transcript = await transcriptOf(site, 1);
  assert.deepEqual(verifyTranscript(transcript, root, ''), { ok: true });
  const tampered = structuredClone(transcript);
  (tampered.batch.bids[0] as { limit: bigint }).limit++;
  assert.equal(verifyTranscript(tampered, root, '').ok, false);

  const [self] = await site.ok('rival', 'GET', '/auctions/1/names');
  assert.deepEqual([self.party, self.key.length, self.name.length], ['rival', 64, 32]);
  const { id, nonce } = bids.rival!;
  const own = transcript.batch.bids.find(({ buyer }) => buyer === self.name)!;
  const { buyer, weight, behind, ...published } = own;
  const placed = { ...published, id, nonce };
  assert.equal(findBid(transcript.batch, self, placed).why, null);
  assert.match(findBid(transcript.batch, self, { ...placed, limit: 1n }).why!, /its limit/);
  const without = { bids: transcript.batch.bids.filter((one) => one !== own) };
  assert.match(findBid(without, self, placed).why!, /not there/);
});

test('an auditor and the operator are told every party’s name, a party its own alone', async () => {
  await using site = await Site.open();
  await traded(site);
  const { batch } = await transcriptOf(site, 1);
  const inIt = new Set([...batch.asks.map(({ owner }) => owner), ...batch.bids.map(({ buyer }) => buyer)]);
  for (const who of ['auditor', 'operator']) {
    const all: { party: string; name: string }[] = await site.ok(who, 'GET', '/auctions/1/names');
    const found = all.filter(({ name }) => inIt.has(name)).map(({ party }) => party);
    assert.deepEqual(found, ['hospital', 'rival', 'startup', 'stranger', 'subsidiary']);
  }
  const own = await site.ok('rival', 'GET', '/auctions/1/names');
  assert.deepEqual(
    own.map(({ party }: { party: string }) => party),
    ['rival'],
  );
  assert.deepEqual(await site.ok('service', 'GET', '/auctions/1/names'), []);
  await site.refused('rival', 'GET', '/auctions/99/names', undefined, 'auction_not_found');
});

test('an auction from before there were names is read and verified as it was, and named plainly', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(96), reserve: '1000000' });
  await site.ok('b', 'POST', '/bids', { classes: [name], nodes: 1, slots: 4, limit: '2000000' });
  const { desk } = site.service.context;
  await desk.own({ do: 'freeze' });
  await desk.own({ do: 'clear' });
  const transcript = await transcriptOf(site, 1, 'b');
  assert.deepEqual([transcript.version, transcript.batch.engine], [1, undefined]);
  assert.deepEqual(
    transcript.batch.bids.map(({ buyer }) => buyer),
    ['b'],
  );
  const { root, hash } = await site.ok('b', 'GET', '/auctions/1');
  assert.deepEqual(verifyTranscript(transcript, root, ''), { ok: true });
  assert.deepEqual(await site.ok('b', 'GET', '/auctions/1/names'), [{ party: 'b', name: 'b', key: null }]);
  await site.ok('b', 'POST', '/bids', { classes: [name], nodes: 1, slots: 4, limit: '2000000' });
  await site.clear();
  const next = await transcriptOf(site, 2, 'b');
  assert.equal(next.version, 2);
  assert.deepEqual(verifyTranscript(next, (await site.ok('b', 'GET', '/auctions/2')).root, hash), {
    ok: true,
  });
});

test('an auction that was dropped says so, and the next one follows on the one before it', async () => {
  await using site = await Site.open();
  const name = await site.furnish();
  await site.ok('a', 'POST', '/asks', { class: name, nodes: 2, end: site.iso(96), reserve: '1000000' });
  await site.ok('b', 'POST', '/bids', { classes: [name], nodes: 1, slots: 4, limit: '2000000' });
  const { desk } = site.service.context;
  await desk.own({ do: 'freeze', secret: 'secret', engine: 99 });
  await site.refused('b', 'GET', '/auctions/1/transcript', undefined, 'auction_not_cleared');
  await desk.own({ do: 'thaw' });
  const { body } = await site.ask('b', 'GET', '/auctions/1/transcript');
  assert.match(`${body.error.message} ${body.error.hint}`, /will not\. .*in the next one/);
  await site.clear();
  const { root, hash } = await site.ok('b', 'GET', '/auctions/2');
  assert.deepEqual(verifyTranscript(await transcriptOf(site, 2, 'b'), root, ''), { ok: true });
  const state = desk.market.hash();
  await site.restart();
  assert.equal(site.service.context.desk.market.hash(), state);
  assert.equal(site.service.context.desk.market.state.previous, hash);
});
