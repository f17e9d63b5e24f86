/** Where people log in: `oidc.json` in the home folder, read at the start. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IsolationOptions } from '@bullion/isolation';
import { BullionError, messageOf } from '@bullion/service/errors';

/** Undefined where there is no such file; its fields are checked by the isolation service. */
export function readOidc(home: string): IsolationOptions['oidc'] {
  const file = join(home, 'oidc.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new BullionError('invalid', 'oidc_unreadable', `${file} cannot be read: ${messageOf(error)}.`, {
      hint: "It is JSON; its fields are in the operator's guide.",
      cause: error,
    });
  }
}
