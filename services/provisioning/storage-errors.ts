/** What the storage below answers (volume store, iSCSI server, file system), said as this service says it. */

import { IscsiError } from '@bullion/iscsi';
import { BullionError, type ErrorKind } from '@bullion/service';
import { VolumeError, type VolumeErrorCode } from '@bullion/volumes';
import { TransferError, type TransferErrorCode } from '@bullion/volumes/transfer';

const KINDS: Record<VolumeErrorCode, ErrorKind> = {
  'name-invalid': 'invalid',
  'name-taken': 'conflict',
  'not-found': 'gone',
  'in-use': 'conflict',
  'not-below': 'conflict',
  'not-sealed': 'conflict',
  'read-only': 'conflict',
  closed: 'unavailable',
  aborted: 'unavailable',
  'size-invalid': 'invalid',
  'out-of-range': 'invalid',
  misaligned: 'invalid',
  'folder-in-use': 'unavailable',
  'folder-unusable': 'unavailable',
  'image-missing': 'conflict',
  'image-empty': 'invalid',
  'image-misaligned': 'invalid',
  'image-truncated': 'invalid',
  'image-changed': 'conflict',
  'file-exists': 'conflict',
  'no-space': 'unavailable',
  'io-error': 'internal',
  corrupt: 'internal',
};

const TRANSFER_KINDS: Record<TransferErrorCode, ErrorKind> = {
  'source-missing': 'not_found',
  'source-denied': 'forbidden',
  'source-unavailable': 'bad_gateway',
  'source-invalid': 'invalid',
  'source-too-large': 'too_large',
  'destination-exists': 'conflict',
  'destination-refused': 'bad_gateway',
  busy: 'conflict',
  'tool-missing': 'unavailable',
  'tool-failed': 'invalid',
};

const FULL = ['ENOSPC', 'EDQUOT'];

/**
 * Runs `work`; a failure of the storage becomes a `storage_...` or `iscsi_...` error that says what was tried. What is
 * an error of this service already, or of nobody known, stays as it is.
 */
export async function explained<Result>(tried: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explain(tried, error);
  }
}

export function explain(tried: string, error: unknown): unknown {
  if (error instanceof VolumeError) {
    return new BullionError(
      KINDS[error.code],
      `storage_${error.code.replaceAll('-', '_')}`,
      `${tried} failed: ${error.message}.`,
      { hint: error.hint, cause: error },
    );
  }
  if (error instanceof TransferError) {
    return new BullionError(
      TRANSFER_KINDS[error.code],
      `transfer_${error.code.replaceAll('-', '_')}`,
      `${tried} failed: ${error.message}.`,
      { hint: error.hint, cause: error },
    );
  }
  if (error instanceof IscsiError) {
    return new BullionError('internal', `iscsi_${error.code}`, `${tried} failed: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof BullionError || code === undefined || syscall === undefined) return error;
  if (FULL.includes(code)) {
    return new BullionError('unavailable', 'storage_no_space', `${tried} failed: the disk is full.`, {
      hint: 'Delete images or volumes that are not needed, then try again; nothing was kept of this attempt.',
      cause: error,
    });
  }
  return new BullionError('internal', 'storage_io_error', `${tried} failed: ${syscall} answered ${code}.`, {
    hint: 'The operator should look at the disk of this server and its file system, then try again.',
    cause: error,
  });
}
