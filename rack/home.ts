/** Where a rack keeps its files and its sockets. */
import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BullionError } from '@bullion/service/errors';

/** `BULLION_HOME`, or `.bullion` in the repository. */
export function bullionHome(): string {
  return resolve(process.env.BULLION_HOME || join(import.meta.dirname, '..', '.bullion'));
}

export const racksDirectory = (): string => join(bullionHome(), 'racks');

/**
 * The rack's state: its record, logs, consoles, firmware variables, TPM state, disks. `down` removes what is
 * there, so a name that could lead anywhere else is refused here, once for all.
 */
export function stateDirectory(name: string): string {
  if (/^[a-z][a-z0-9-]*$/.test(name)) return join(racksDirectory(), name);
  throw new BullionError('invalid', 'rack_name_invalid', `"${name}" cannot be the name of a rack.`, {
    hint: 'A name has lower-case letters, digits and "-", and begins with a letter.',
  });
}

/** The parent of every socket directory of this user. */
export const socketRoot = (): string => `/tmp/bullion-${process.getuid!()}`;

/**
 * The rack's sockets: a short path, because a unix socket's may have only 107 bytes. The hash keeps racks of
 * one name in two homes apart.
 */
export function socketDirectory(name: string): string {
  const home = createHash('sha256').update(bullionHome()).digest('hex').slice(0, 6);
  return join(socketRoot(), `${name}-${home}`);
}

/**
 * Makes this user's socket root, or makes sure that the one there is ours alone: /tmp is everybody's, and
 * whoever owned the directory would own the switch.
 */
export async function claimSocketRoot(root = socketRoot()): Promise<void> {
  try {
    await mkdir(root, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await lstat(root);
  if (found.isDirectory() && found.uid === process.getuid!() && (found.mode & 0o077) === 0) return;
  throw new BullionError(
    'conflict',
    'socket_directory_foreign',
    `${root} is not a directory that only this user can enter, so the rack's sockets would not be safe in it.`,
    { hint: `Look at who made ${root}, and remove it.` },
  );
}

/** Commas and quotes would end a value early in QEMU's and ipmi_sim's own configuration languages. */
export function checkHome(): void {
  const home = bullionHome();
  if (!/[,"'\\\n]/.test(home)) return;
  throw new BullionError('invalid', 'home_unusable', `The path ${home} holds a comma, quote or backslash.`, {
    hint: 'Set BULLION_HOME to a plain path.',
  });
}
