/** Stable reasons; what a program may test for. The message and the hint are for people. */
export type VolumeErrorCode =
  | 'name-invalid'
  | 'name-taken'
  | 'not-found'
  | 'in-use'
  | 'not-below'
  | 'not-sealed'
  | 'read-only'
  | 'closed'
  | 'aborted'
  | 'size-invalid'
  | 'out-of-range'
  | 'misaligned'
  | 'folder-in-use'
  | 'folder-unusable'
  | 'image-missing'
  | 'image-empty'
  | 'image-misaligned'
  | 'image-truncated'
  | 'image-changed'
  | 'file-exists'
  | 'no-space'
  | 'io-error'
  | 'corrupt';

/** What was tried, on what, why it failed; `hint` says what to do next. */
export class VolumeError extends Error {
  readonly code: VolumeErrorCode;
  readonly hint: string;

  constructor(code: VolumeErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VolumeError';
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Turns a failure of the operating system into a VolumeError; leaves a VolumeError as it is.
 * A full disk has a code of its own because the initiator must hear of it by a sense code of its own.
 */
export function fromSystem(error: unknown, attempt: string): VolumeError {
  if (error instanceof VolumeError) return error;
  const errno = (error as NodeJS.ErrnoException)?.code ?? '';
  const reason = error instanceof Error ? error.message : String(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new VolumeError(
      'no-space',
      `${attempt}: no space left on the disk`,
      'Free some space; nothing is damaged, and the same request then works.',
      error,
    );
  }
  if (errno === 'EFBIG') {
    return new VolumeError(
      'size-invalid',
      `${attempt}: larger than this file system allows for one file`,
      'Ask for a smaller size, or keep the folder on XFS or another file system with a higher limit.',
      error,
    );
  }
  return new VolumeError(
    'io-error',
    `${attempt}: ${reason}`,
    'Look at the disk and its file system (dmesg), then try again.',
    error,
  );
}

/** Throws `aborted` when the signal says so. */
export function checkSignal(signal: AbortSignal | undefined, what: string): void {
  if (!signal?.aborted) return;
  throw new VolumeError(
    'aborted',
    `${what} was stopped`,
    'Nothing was changed. Start it again.',
    signal.reason,
  );
}
