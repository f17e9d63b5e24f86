/**
 * The one error class of the project. An error says what was tried and on what (`message`), why it failed
 * (`message`, `cause`), and what its reader can do next (`hint`). Programs switch on `code`, which is stable.
 */

/** What an error looks like on the wire and under `--json`. */
export type ErrorBody = {
  error: {
    code: string;
    message: string;
    hint?: string | undefined;
    details?: Record<string, unknown> | undefined;
  };
};

export type ErrorOptions = {
  /** What the reader can do next, as one imperative sentence. */
  hint?: string | undefined;
  /** Facts for programs: names, numbers, the offending field. Never a secret. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
};

/** Codes that describe a class of failure rather than one noun's; `kind` decides the HTTP status. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported: 415,
  unprocessable: 422,
  internal: 500,
  /** Hardware or another service answered wrongly. */
  bad_gateway: 502,
  /** Something we need is not there now; trying again may help. */
  unavailable: 503,
  /** Hardware or another service did not answer in time. */
  timeout: 504,
} as const;

export type ErrorKind = keyof typeof STATUS;

export class BullionError extends Error {
  override readonly name = 'BullionError';
  readonly kind: ErrorKind;
  /** Stable and specific, in snake_case: `node_not_found`, `bmc_wrong_password`. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(kind: ErrorKind, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** The HTTP status that answers this error. */
  get status(): number {
    return STATUS[this.kind];
  }

  toBody(): ErrorBody {
    return { error: { code: this.code, message: this.message, hint: this.hint, details: this.details } };
  }
}

type Maker = (code: string, message: string, hint: string, details?: Record<string, unknown>) => BullionError;
const maker =
  (kind: ErrorKind): Maker =>
  (code, message, hint, details) =>
    new BullionError(kind, code, message, { hint, details });

/** The errors that rules speak; each says what to do next: `throw conflict('node_free', 'Node ...', 'Allocate it.')`. */
export const invalid = maker('invalid');
export const forbidden = maker('forbidden');
export const conflict = maker('conflict');
export const unavailable = maker('unavailable');

export const existsAlready = (noun: string, name: string) =>
  conflict(
    `${noun.toLowerCase().replaceAll(' ', '_')}_exists`,
    `There is a ${noun} "${name}" already.`,
    'Choose another name, or delete that one first.',
  );

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The one answer for what is not there and for what the caller may not know of: whoever hides a thing must throw this
 * with the same arguments in both cases, or the difference gives it away.
 */
export const notFound = (noun: string, name: string, hint?: string) => {
  const key = noun.toLowerCase().replaceAll(' ', '_');
  return new BullionError('not_found', `${key}_not_found`, `There is no ${noun} "${name}".`, {
    hint: hint ?? `See what there is with \`bullion ${noun.toLowerCase()} list\`.`,
    details: { [key]: name },
  });
};
