/** One logger for all services: JSON lines to standard error, secrets blacked out. */
import { type Logger, pino } from 'pino';

export type { Logger };

const SECRET_FIELDS = ['password', 'secret', 'token', 'authorization', 'chap', 'user_data'];

/** `level` is pino's: `silent` in tests, `info` by default. Writes to `destination` (a path) or standard error. */
export function createLogger(
  level = process.env.BULLION_LOG ?? 'info',
  destination: string | number = 2,
): Logger {
  return pino(
    {
      level,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[secret]',
      },
    },
    pino.destination({ dest: destination, sync: true }),
  );
}
