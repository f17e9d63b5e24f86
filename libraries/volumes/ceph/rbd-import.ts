import { randomBytes } from 'node:crypto';
import { checkUnchanged, openRawImage, type RawImage, readRawImage } from '../image/raw-image.ts';
import type { ImportOptions } from '../options.ts';
import type { RbdCommand } from './rbd-command.ts';
import { type RbdFacts, SHA256 } from './rbd-facts.ts';
import { type RbdEntry, RbdListing, SEAL } from './rbd-listing.ts';

/** Clones of snapshots that need no protection; Ceph 13 (Mimic) and later. */
export const CLONE_V2 = ['--rbd-default-clone-format', '2'];

/** No caller can choose it, no listing shows it, and the next opening removes it. */
export const hiddenName = (why: string): string => `.${why}-${randomBytes(8).toString('hex')}`;

/** Makes an image of a raw file: the hash is ours to compute, the data goes from the file to Ceph by `rbd` alone. */
export async function importFile(
  rbd: RbdCommand,
  facts: RbdFacts,
  name: string,
  path: string,
  options: ImportOptions,
): Promise<void> {
  const image = await openRawImage(path, options);
  try {
    const sha256 = await readRawImage(
      image,
      { ...options, onProgress: reporter(image, options, 0) },
      async () => {},
    );
    if (await shareContent(rbd, facts, name, sha256)) return;
    await making(rbd, name, sha256, async (hidden) => {
      const report = reporter(image, options, 0.5);
      await rbd.copy(`importing ${path}`, ['import', path, rbd.spec(hidden)], {
        signal: options.signal,
        onProgress: (part) => report({ doneBytes: part * image.sizeBytes }),
      });
      await checkUnchanged(image);
    });
  } finally {
    await image.file.close();
  }
  options.onProgress?.({ doneBytes: image.sizeBytes, totalBytes: image.sizeBytes });
}

/** Makes an image that is a clone of one with the same content; false where there is none. */
export async function shareContent(
  rbd: RbdCommand,
  facts: RbdFacts,
  name: string,
  sha256: string,
): Promise<boolean> {
  const known: RbdEntry | undefined = await facts.findContent(await RbdListing.read(rbd), sha256);
  if (!known) return false;
  await making(rbd, name, sha256, async (hidden) => {
    const from = rbd.spec(known.image, known.snapshot);
    await rbd.quick(`sharing ${known.name}`, 'clone', ...CLONE_V2, from, rbd.spec(hidden));
  });
  return true;
}

/** Content under a hidden name, sealed, and only then under its own. */
async function making(
  rbd: RbdCommand,
  name: string,
  sha256: string,
  fill: (hidden: string) => Promise<void>,
): Promise<void> {
  const hidden = hiddenName('import');
  const what = `making image ${name}`;
  try {
    await fill(hidden);
    await rbd.quick(what, 'image-meta', 'set', rbd.spec(hidden), SHA256, sha256);
    await rbd.quick(what, 'snap', 'create', '--no-progress', rbd.spec(hidden, SEAL));
    await rbd.rename(hidden, name);
  } catch (error) {
    await rbd.remove(hidden).catch(() => {}); // a client that was killed counts as watching for a while
    throw error;
  }
}

/** The hash is one half of the work, the copy the other. */
function reporter({ sizeBytes }: RawImage, { onProgress }: ImportOptions, from: number) {
  return ({ doneBytes }: { doneBytes: number }) =>
    onProgress?.({ doneBytes: Math.round(from * sizeBytes + doneBytes / 2), totalBytes: sizeBytes });
}
