/** Makes an image's layer of what a source holds, and says how far it is. */

import { join } from 'node:path';
import type { VolumeInfo } from '@bullion/volumes';
import { importImage, type Source, type TransferProgress } from '@bullion/volumes/transfer';
import type { Context } from '../context.ts';
import { explained } from '../storage-errors.ts';

/** Progress is written down so often at most, in milliseconds: each note waits for the disk. */
const NOTE_MS = 1000;
const MIB = 1024 * 1024;

export type Bringing = {
  /** Of the image; its layer gets this name. */
  id: string;
  tried: string;
  source: Source;
  signal: AbortSignal;
  note: (text: string) => Promise<void>;
  /** Of the raw disk, where its publisher says it. */
  contentSha256?: string | undefined;
  /** Take content of that hash from the store, where it is: only where the caller may read an image that has it. */
  skipKnown?: boolean;
};

/** Where downloads and conversions are, on the disk of the volumes. */
export const scratchFolder = ({ imagesFolder }: Pick<Context, 'imagesFolder'>) =>
  join(imagesFolder, '..', 'scratch');

/** Does nothing where a former run had come so far. */
export async function bringDisk(context: Context, bringing: Bringing): Promise<VolumeInfo> {
  const { id, tried, source, signal, note, contentSha256, skipKnown = false } = bringing;
  const there = await context.layers.find(id);
  if (there) return there;
  return await explained(tried, () =>
    importImage(context.layers.images, id, source, {
      scratch: scratchFolder(context),
      signal,
      // A service that closes goes on with it at its next start; what is cancelled leaves nothing.
      comesAgain: () => context.closing.aborted,
      skipKnown,
      ...(contentSha256 === undefined ? {} : { contentSha256 }),
      onProgress: notesOf(note),
    }),
  );
}

/** Notes such as `fetching: 12 of 400 MiB`, a bounded number of them. */
export function notesOf(note: (text: string) => Promise<void>): (progress: TransferProgress) => void {
  let last = 0;
  return ({ phase, doneBytes, totalBytes }) => {
    if (Date.now() - last < NOTE_MS) return;
    last = Date.now();
    const mib = (bytes: number) => Math.round(bytes / MIB);
    note(`${phase}: ${mib(doneBytes)} of ${mib(totalBytes)} MiB`).catch(() => {});
  };
}
