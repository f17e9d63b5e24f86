/**
 * The cache of built things. Each entry is a folder named by what went into it, complete or absent: it is filled under
 * another name and renamed at the end, so a build that was killed leaves nothing that looks finished.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';

/** A name that is the same if and only if `ingredients` are. */
export function contentKey(ingredients: unknown): string {
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
}

export class ImageCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The folder of an entry: as found, or as `fill` makes it. Call within `exclusively`. */
  async entry(
    kind: string,
    key: string,
    fill: (folder: string) => Promise<void>,
  ): Promise<{ folder: string; cached: boolean }> {
    const folder = join(this.folder, `${kind}-${key}`);
    if (await exists(folder)) {
      // Entries are dropped by the time of their last use.
      await utimes(folder, new Date(), new Date());
      return { folder, cached: true };
    }
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    try {
      await fill(unfinished);
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
    await this.#dropOld(kind);
    return { folder, cached: false };
  }

  /** Keeps the three entries of a kind that were used last: a build in use is one of them. */
  async #dropOld(kind: string): Promise<void> {
    const names = (await readdir(this.folder)).filter(
      (name) => name.replace(/-[0-9a-f]{16}(\.unfinished)?$/, '') === kind,
    );
    const dated = await Promise.all(
      names.map(async (name) => ({ name, used: (await stat(join(this.folder, name))).mtimeMs })),
    );
    dated.sort((a, b) => b.used - a.used);
    for (const { name } of dated.slice(3))
      await rm(join(this.folder, name), { recursive: true, force: true });
  }

  /** Runs `work` while no other process builds in this cache: a second build waits, and then finds the first's. */
  async exclusively<T>(work: () => Promise<T>, timeoutMs = 20 * 60_000): Promise<T> {
    await mkdir(this.folder, { recursive: true });
    const lock = join(this.folder, 'lock');
    const deadline = Date.now() + timeoutMs;
    while (!(await take(lock))) {
      if (Date.now() > deadline) {
        throw new BullionError('timeout', 'image_cache_locked', `Another build holds ${lock}.`, {
          hint: 'Wait for it, or end the process that the file names.',
        });
      }
      await sleep(200);
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

/** The lock names its owner; one whose owner is gone is void. */
async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
