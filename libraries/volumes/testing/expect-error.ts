import assert from 'node:assert/strict';
import { VolumeError, type VolumeErrorCode } from '../errors.ts';

/** For assert.rejects: a VolumeError with this code, these words, and a hint. */
export function withCode(code: VolumeErrorCode, words = /./): (error: unknown) => true {
  return (error) => {
    if (!(error instanceof VolumeError)) throw error;
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    assert.ok(error.hint.length > 0);
    return true;
  };
}
