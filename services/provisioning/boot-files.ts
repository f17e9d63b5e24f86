/** The files beside an image's disk: the kernel and the initramfs that nodes load by HTTP, and the disk until it is sealed. */
import { link, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';

export type Part = 'disk' | 'kernel' | 'initrd';

export const BOOT_FILES = ['kernel', 'initrd'] as const satisfies Part[];

export const imageFolder = ({ imagesFolder }: Pick<Context, 'imagesFolder'>, id: string) =>
  join(imagesFolder, id);

export const partPath = (context: Pick<Context, 'imagesFolder'>, id: string, part: Part) =>
  join(imageFolder(context, id), part);

/** A snapshot boots with the kernel of the image that its volume came from. They never change, so a link will do. */
export async function linkBootFiles(context: Context, from: string, to: string): Promise<void> {
  await mkdir(imageFolder(context, to), { recursive: true, mode: 0o700 });
  for (const part of BOOT_FILES) {
    if ((await sizeOf(partPath(context, from, part))) === undefined) continue;
    await link(partPath(context, from, part), partPath(context, to, part)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // A former run had come so far.
    });
  }
  await syncFolder(imageFolder(context, to));
}

/** In bytes; undefined where there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A new name in a folder survives a power cut only when the folder was flushed. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
