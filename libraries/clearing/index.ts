/** The market's engine: a sealed call auction with flexible windows and critical prices. Pure: no I/O, no clock. */
export { buyerBehind, ownerBehind } from './behind.ts';
export { bind, type Holding } from './binding.ts';
export { clear, clearFor } from './clear.ts';
export { decode, encode, hashOf } from './encoding.ts';
export { ENGINE, engineOf } from './engine.ts';
export { ClearingError, type ClearingErrorCode } from './errors.ts';
export { feeOf, grossFor } from './fee.ts';
export { askName, bidNames, partyKey, partyName, underNames } from './names.ts';
export { type Finding, findAsk, findBid, type OwnAsk, type OwnBid, ownName, type Self } from './own.ts';
export { clearPlainly } from './plain.ts';
export { mayHost } from './supply.ts';
export { type Totals, totalsOf } from './totals.ts';
export {
  batchSeed,
  type Commit,
  commitTo,
  orderHash,
  type Transcript,
  transcriptHash,
  type Verdict,
  verifyTranscript,
} from './transcript.ts';
export type * from './types.ts';
export { WEIGHT_ONE } from './types.ts';
export { validateAsk, validateBatch, validateBid } from './validate.ts';
