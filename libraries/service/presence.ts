/** Whether a program, or a file of a package, is on this machine. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folders of administrators are searched as well: an ordinary user's PATH leaves them out. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** `provides` is the name of a command, or the absolute path of a file. */
export function isPresent(provides: string): boolean {
  if (provides.startsWith('/')) return isAccessible(provides, constants.F_OK);
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ADMIN_FOLDERS];
  return folders.some((folder) => folder !== '' && isAccessible(join(folder, provides), constants.X_OK));
}

export function isAccessible(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
