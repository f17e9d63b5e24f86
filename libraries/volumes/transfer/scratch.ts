import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystem } from '../errors.ts';

/** What nobody came back for in this time is rubbish: of a crash, or of an import that was given up. */
const KEEP_MS = 7 * 24 * 3600 * 1000;

/** Makes the folder where it is absent, and clears it of what is old. */
export async function openScratch(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined); // another import has just removed it
      if (found && Date.now() - found.mtimeMs > KEEP_MS) await rm(path, { force: true });
    }
  } catch (error) {
    throw fromSystem(error, `opening the folder ${folder} for downloads`);
  }
}

/** Keys come from outside and never become file names. */
export function scratchPath(folder: string, key: string, ending: string): string {
  return join(folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.${ending}`);
}
