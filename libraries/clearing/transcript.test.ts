import assert from 'node:assert/strict';
import test from 'node:test';
import {
  batchSeed,
  clear,
  commitTo,
  decode,
  ENGINE,
  encode,
  type Transcript,
  underNames,
  verifyTranscript,
} from './index.ts';
import { anyBatch } from './testing/random.ts';

/** A batch that trades. */
const SEED = 10;
const PREVIOUS = 'hash of the transcript before';

function honest(engine = ENGINE): { transcript: Transcript; root: string } {
  const open = { ...underNames(anyBatch(SEED), 'secret').batch, engine };
  const { root } = commitTo(open);
  const batch = { ...open, seed: batchSeed(root, PREVIOUS) };
  return { root, transcript: { version: 2, batch, previous: PREVIOUS, clearing: clear(batch) } };
}

/** As they were published before batches had names and a number. */
function ofTheFirstForm(): { transcript: Transcript; root: string } {
  const open = { ...anyBatch(SEED), exactSteps: 100_000_000 };
  const { root } = commitTo(open);
  const batch = { ...open, seed: batchSeed(root, PREVIOUS) };
  return { root, transcript: { version: 1, batch, previous: PREVIOUS, clearing: clear(batch) } };
}

test('an honest transcript verifies, also after a journey as text', () => {
  const { root, transcript } = honest();
  assert.ok(transcript.clearing.trades.length > 0);
  assert.deepEqual(verifyTranscript(decode(encode(transcript)) as Transcript, root, PREVIOUS), { ok: true });
});

test('each forgery is found, and named', () => {
  const { root, transcript } = honest();
  const { batch, clearing } = transcript;
  const [first, ...rest] = clearing.trades;
  const dearer = { ...clearing, trades: [{ ...first!, price: first!.price + 1n }, ...rest] };
  const forgeries: [Transcript, RegExp][] = [
    [{ ...transcript, clearing: dearer }, /should have got/],
    [{ ...transcript, clearing: { ...clearing, trades: rest } }, /and got nothing/],
    [{ ...transcript, batch: { ...batch, bids: batch.bids.slice(1) } }, /published before/],
    [{ ...transcript, batch: { ...batch, seed: 'chosen' } }, /the seed/],
    [{ ...transcript, previous: 'another' }, /it follows on/],
  ];
  for (const [forged, why] of forgeries) {
    const verdict = verifyTranscript(forged, root, PREVIOUS);
    assert.ok(!verdict.ok);
    assert.match(verdict.why, why);
  }
});

test('a transcript of the first form verifies, by the root that it had', () => {
  const { root, transcript } = ofTheFirstForm();
  assert.equal(root, '8282ab136c79cad32d8db06696f2d2703e93acb768d29d5765bf31877a875f42');
  assert.deepEqual(verifyTranscript(transcript, root, PREVIOUS), { ok: true });
});

test('the number of the rules is committed to', () => {
  const { root, transcript } = honest();
  const renumbered = { ...transcript, batch: { ...transcript.batch, engine: 1 } };
  const verdict = verifyTranscript(renumbered, root, PREVIOUS);
  assert.match(verdict.ok ? '' : verdict.why, /published before/);
});

test('of other rules it is said that nothing can be said, where these come to something else', () => {
  const earlier = honest(1);
  assert.ok(verifyTranscript(earlier.transcript, earlier.root, PREVIOUS).ok, 'these come to the same');
  const { trades } = earlier.transcript.clearing;
  const otherwise = { ...earlier.transcript, clearing: { trades: trades.slice(1), classes: [] } };
  const later = honest(ENGINE + 1);
  for (const [transcript, root, rules] of [
    [otherwise, earlier.root, 1],
    [later.transcript, later.root, ENGINE + 1],
  ] as const) {
    const verdict = verifyTranscript(transcript, root, PREVIOUS);
    assert.ok(!verdict.ok);
    assert.equal(verdict.rules, rules);
    assert.match(verdict.why, /a release that has those/);
  }
  const unseen = verifyTranscript(otherwise, 'another', PREVIOUS);
  assert.deepEqual(unseen.ok ? [] : [unseen.rules], [undefined], 'that its orders are others is certain');
});
