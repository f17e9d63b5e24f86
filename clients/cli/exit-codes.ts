/** What the exit code of `bullion` says; scripts may rely on it. */
import type { ErrorKind } from '@bullion/service/errors';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  noPermission: 5,
  unreachable: 6,
  interrupted: 130,
} as const;

export const EXIT_HELP = `Exit codes:
  0  done                       4  in conflict with what is there
  1  tried, and failed          5  no permission, or no valid token
  2  wrong use, or not valid    6  something needed is missing, unreachable or too slow
  3  there is no such thing     130  interrupted (Ctrl-C)`;

const BY_KIND: Record<ErrorKind, number> = {
  invalid: EXIT.usage,
  too_large: EXIT.usage,
  unsupported: EXIT.usage,
  unprocessable: EXIT.usage,
  unauthenticated: EXIT.noPermission,
  forbidden: EXIT.noPermission,
  not_found: EXIT.notFound,
  gone: EXIT.notFound,
  conflict: EXIT.conflict,
  internal: EXIT.failed,
  bad_gateway: EXIT.failed,
  unavailable: EXIT.unreachable,
  timeout: EXIT.unreachable,
};

export const exitCodeOf = (kind: ErrorKind): number => BY_KIND[kind];
