export type ClearingErrorCode = 'batch-invalid' | 'encoding-invalid' | 'binding-impossible';

/** What was wrong with which order; `hint` says what to do next. */
export class ClearingError extends Error {
  override readonly name = 'ClearingError';
  readonly code: ClearingErrorCode;
  readonly hint: string;

  constructor(code: ClearingErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
