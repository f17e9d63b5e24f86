/** Stable reasons; what a program may test for. The message and the hint are for people. */
export type TransferErrorCode =
  | 'source-missing'
  | 'source-denied'
  | 'source-unavailable'
  | 'source-invalid'
  | 'source-too-large'
  | 'destination-exists'
  | 'destination-refused'
  | 'busy'
  | 'tool-missing'
  | 'tool-failed';

/** What was tried, on what, why it failed; `hint` says what to do next. Nothing is left behind in the store. */
export class TransferError extends Error {
  readonly code: TransferErrorCode;
  readonly hint: string;

  constructor(code: TransferErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransferError';
    this.code = code;
    this.hint = hint;
  }
}
