/**
 * HIL's errors: a body of `{ type, msg }`, a type for each way to be refused, and the status of the type. Our own
 * errors are told by them; what our client's command line would do next is left out.
 */
import { BullionError } from '@bullion/service';

const STATUS = {
  ValidationError: 400,
  BadArgumentError: 400,
  AuthorizationError: 401,
  NotFoundError: 404,
  DuplicateError: 409,
  ProjectMismatchError: 409,
  BlockedError: 409,
  IllegalStateError: 409,
  // HIL answers these with a page for people; its client takes a body like that of the others too.
  AllocationError: 500,
  OBMError: 500,
  SwitchError: 500,
  ServerError: 500,
} as const;

export type HilType = keyof typeof STATUS;
/** What a route calls some of our errors, by their codes. */
export type HilTypes = Readonly<Record<string, HilType>>;

/** The first that fits counts. */
const BY_CODE: readonly [RegExp, HilType][] = [
  [/^hil_validation$/, 'ValidationError'],
  [/^hil_illegal_state$/, 'IllegalStateError'],
  [/(_exists|^mac_in_use)$/, 'DuplicateError'],
  [/^(nic|port)_not_cabled$/, 'NotFoundError'],
  [/^attachment_not_found$/, 'BadArgumentError'],
  [/^vlans_exhausted$/, 'AllocationError'],
  [/^node_ports_unverified$/, 'SwitchError'],
];
const BY_KIND: Record<BullionError['kind'], HilType> = {
  invalid: 'BadArgumentError',
  unauthenticated: 'AuthorizationError',
  forbidden: 'AuthorizationError',
  not_found: 'NotFoundError',
  conflict: 'BlockedError',
  gone: 'NotFoundError',
  too_large: 'ValidationError',
  unsupported: 'ValidationError',
  unprocessable: 'BadArgumentError',
  internal: 'ServerError',
  bad_gateway: 'ServerError',
  unavailable: 'ServerError',
  timeout: 'ServerError',
};
/** Hardware that failed, by the beginning of the code. */
const HARDWARE: readonly [RegExp, HilType][] = [
  [/^(bmc|power|console)_/, 'OBMError'],
  [/^(switch|port)_/, 'SwitchError'],
];

export function typeOf({ code, kind }: BullionError, types: HilTypes = {}): HilType {
  if (types[code]) return types[code];
  const byCode = BY_CODE.find(([pattern]) => pattern.test(code));
  if (byCode) return byCode[1];
  const type = BY_KIND[kind];
  return (type === 'ServerError' && HARDWARE.find(([pattern]) => pattern.test(code))?.[1]) || type;
}

/** The same for all: nobody is told whether there is such a user. */
const LOGIN_FAILED =
  'Authentication failed: send the name and the password of a user, or a token, that is good now.';

export type HilAnswer = { status: number; body: { type: HilType; msg: string } };

export function answerOf(error: BullionError, types?: HilTypes): HilAnswer {
  const type = typeOf(error, types);
  const hint = error.hint === undefined || /`bullion |BULLION_/.test(error.hint) ? '' : ` ${error.hint}`;
  const msg = error.code === 'token_invalid' ? LOGIN_FAILED : `${error.message}${hint}`;
  return { status: STATUS[type], body: { type, msg: plain(msg) } };
}

/** One line of ASCII: HIL's client is written in Python 2, which shows nothing at all of a message that is more. */
const plain = (message: string) =>
  message
    .replaceAll(/\n\s*→ at /g, ' at ')
    .replaceAll(/\s*✖\s*/g, ' ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/[^\x20-\x7e]/gu, '?');

/** The arguments are not those of the call. */
export const notValid = (message: string) =>
  new BullionError('invalid', 'hil_validation', message, {
    hint: 'Correct the arguments; nothing was changed.',
  });

/** HIL forbids what our own API allows, because something is still in the way. */
export const blocked = (code: string, message: string, hint?: string) =>
  new BullionError('conflict', code, message, { hint });

export const duplicate = (noun: string, message: string) =>
  new BullionError('conflict', `${noun}_exists`, message, { hint: 'There is nothing to do.' });
