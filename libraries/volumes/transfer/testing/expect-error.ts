import assert from 'node:assert/strict';
import { TransferError, type TransferErrorCode } from '../errors.ts';

/** For assert.rejects: a TransferError with this code, these words, and a hint. */
export function withCode(code: TransferErrorCode, words = /./): (error: unknown) => true {
  return (error) => {
    if (!(error instanceof TransferError)) throw error;
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    assert.ok(error.hint.length > 0);
    return true;
  };
}
