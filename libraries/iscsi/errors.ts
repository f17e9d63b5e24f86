/** The library's error: `code` is stable and for programs, `hint` tells a person what to do next. */
export class IscsiError extends Error {
  override readonly name: string = 'IscsiError';
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

export type PduErrorCode =
  | 'pdu_truncated'
  | 'pdu_malformed'
  | 'pdu_too_large'
  | 'digest_mismatch'
  /** A well-formed PDU that the protocol's state does not allow. */
  | 'protocol_violation';

/** Bytes from the wire that break RFC 7143. At error recovery level 0 the connection ends with it (section 7.4). */
export class PduError extends IscsiError {
  override readonly name = 'PduError';

  constructor(code: PduErrorCode, message: string) {
    super(code, message, {
      hint: 'The initiator or the network between damaged the stream; it may log in again.',
    });
  }
}
