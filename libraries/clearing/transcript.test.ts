import assert from 'node:assert/strict';
import test from 'node:test';
import { batchSeed, clear, commitTo, decode, encode, type Transcript, verifyTranscript } from './index.ts';
import { anyBatch } from './testing/random.ts';

/** A batch that trades. */
const SEED = 10;
const PREVIOUS = 'hash of the transcript before';

function honest(): { transcript: Transcript; root: string } {
  const { root } = commitTo(anyBatch(SEED));
  const batch = { ...anyBatch(SEED), seed: batchSeed(root, PREVIOUS) };
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
