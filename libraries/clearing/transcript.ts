/**
 * Proof to outsiders. Before a clearing the market publishes the commitment: one hash over the hashes of all orders and
 * over the rules of the batch. After it, the transcript: all that went in and came out. Whoever has both recomputes the
 * clearing and need not trust the operator.
 *
 * Both are under names that were made for the batch (`names.ts`). Each order's hash covers a name that nobody can guess,
 * so the published list of hashes tells nothing of sealed limits. The seed that breaks ties is made from the commitment
 * and the hash of the batch before (`batchSeed`): nobody can choose orders after the seed. The operator can try several
 * secrets, or orders of its own without effect, for the ties that it likes; ties are all that this changes.
 */
import { clear } from './clear.ts';
import { encode, hashOf } from './encoding.ts';
import { ENGINE, engineOf } from './engine.ts';
import type { Ask, Batch, Bid, Clearing } from './types.ts';

export type Commit = { root: string; asks: readonly string[]; bids: readonly string[] };
/** Version 1 has the parties' own names, version 2 names of the batch. */
export type Transcript = { version: 1 | 2; batch: Batch; previous: string; clearing: Clearing };
/** `rules`: by those of this release nothing can be said, for it was cleared by these. */
export type Verdict = { ok: true } | { ok: false; why: string; rules?: number };

export const orderHash = (order: Ask | Bid): string => hashOf(order);

/** What is published before the clearing. The order in which orders came in leaves no trace. */
export function commitTo(batch: Omit<Batch, 'seed'>): Commit {
  const asks = batch.asks.map(orderHash).sort();
  const bids = batch.bids.map(orderHash).sort();
  const commitments = batch.commitments.map(hashOf).sort();
  const bands = batch.bands.map(hashOf).sort();
  const { from, slots, feePpm, engine, exactUpTo, exactSteps } = batch;
  const numbered = engine === undefined ? {} : { engine };
  const rules = { from, slots, feePpm, ...numbered, exactUpTo, exactSteps };
  return { root: hashOf({ ...rules, asks, bids, commitments, bands }), asks, bids };
}

export const batchSeed = (root: string, previous: string): string => hashOf({ root, previous });

export const transcriptHash = (transcript: Transcript): string => hashOf(transcript);

/**
 * Recomputes all of it. `published` is the root that was seen before the clearing, `previous` the hash of the
 * transcript before: from whoever checks, not from the one who is checked.
 */
export function verifyTranscript(transcript: Transcript, published: string, previous: string): Verdict {
  const { batch, clearing } = transcript;
  const engine = engineOf(batch);
  // A later release may hash more than this one knows of.
  if (engine > ENGINE) return otherRules(engine, 'which this release has not');
  const { root } = commitTo(batch);
  if (root !== published)
    return no(`the orders hash to ${root}, but ${published} was published before the clearing`);
  if (transcript.previous !== previous)
    return no(`it follows on ${transcript.previous}, but the transcript before is ${previous}`);
  if (batch.seed !== batchSeed(root, previous))
    return no('the seed was not made from the commitment and the transcript before');
  const verdict = recompute(batch, clearing);
  if (verdict.ok || engine === ENGINE) return verdict;
  return otherRules(engine, `and by this release's, which are number ${ENGINE}, it comes to something else`);
}

function recompute(batch: Batch, claimed: Clearing): Verdict {
  try {
    return firstDifference(clear(batch), claimed);
  } catch (error) {
    return no(error instanceof Error ? error.message : String(error));
  }
}

function firstDifference(recomputed: Clearing, claimed: Clearing): Verdict {
  if (encode(recomputed) === encode(claimed)) return { ok: true };
  const claims = new Map(claimed.trades.map((trade) => [trade.bid, encode(trade)]));
  for (const trade of recomputed.trades) {
    if (claims.get(trade.bid) !== encode(trade))
      return no(
        `bid "${trade.bid}" should have got ${encode(trade)}, and got ${claims.get(trade.bid) ?? 'nothing'}`,
      );
    claims.delete(trade.bid);
  }
  const [extra] = claims.keys();
  return no(extra === undefined ? 'the summaries of the classes differ' : `bid "${extra}" should have lost`);
}

const no = (why: string): Verdict => ({ ok: false, why });

const otherRules = (rules: number, but: string): Verdict => ({
  ok: false,
  rules,
  why: `it was cleared by the rules of number ${rules}, ${but}; verify it with a release that has those`,
});
