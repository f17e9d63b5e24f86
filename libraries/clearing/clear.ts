/** One batch, cleared. */
import { clearPlainly } from './plain.ts';
import type { Batch, Clearing } from './types.ts';
import { validateBatch } from './validate.ts';

/** Deterministic: the same orders in any order of arrival give the same clearing. Throws `batch-invalid`. */
export function clear(batch: Batch): Clearing {
  validateBatch(batch);
  return clearPlainly(batch);
}
