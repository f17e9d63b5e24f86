import type { LayerRow } from '../catalog/catalog.ts';
import { checkSignal } from '../errors.ts';
import type { Layer } from '../layer/layer.ts';
import type { ImportOptions } from '../options.ts';
import type { StoreCore } from '../store/core.ts';
import { copyRawImage, openRawImage, type RawImage, readRawImage } from './raw-image.ts';

/** Ends the making of a layer that is not needed after all; the table then removes it, as it does after a failure. */
class Shared extends Error {}

/** Makes an image of a raw file. Content that the store has already is shared and not kept a second time. */
export async function importRaw(
  core: StoreCore,
  name: string,
  path: string,
  options: ImportOptions,
): Promise<void> {
  const image = await openRawImage(path, options);
  try {
    await core.table.withNew(image.sizeBytes, async (layer) => {
      const sha256 = await copyUnlessKnown(core, image, layer, options);
      if (await shareContent(core, name, sha256)) throw new Shared();
      await layer.checkpoint();
      layer.seal();
      await core.table.sumNew(layer, options.signal);
      core.commit(() => core.add(name, 'image', layer, null, sha256));
      return undefined;
    });
  } catch (error) {
    if (error instanceof Shared) return;
    checkSignal(options.signal, `importing ${path}`);
    throw error;
  } finally {
    await image.file.close();
  }
}

/**
 * Makes an image that stands on one with the same content; false where there is none. Both names keep the content, as
 * a clone and its image do: the older cannot be deleted before the younger.
 */
export async function shareContent(core: StoreCore, name: string, sha256: string): Promise<boolean> {
  return await core.serial.run(async () => {
    const known = findContent(core, sha256);
    if (!known) return false;
    await core.table.withNew(known.sizeBytes, async (layer) => {
      await layer.checkpoint();
      layer.seal();
      await core.table.sumNew(layer);
      core.commit(() => core.add(name, 'image', layer, known.id, sha256));
      return undefined;
    });
    return true;
  });
}

/** Where the hash that was announced is one that we have, the file is read to see that it is so, and not written. */
async function copyUnlessKnown(
  core: StoreCore,
  image: RawImage,
  layer: Layer,
  options: ImportOptions,
): Promise<string> {
  const expected = options.expectedSha256?.toLowerCase();
  if (expected === undefined || !findContent(core, expected))
    return await copyRawImage(image, layer, options);
  const sha256 = await readRawImage(image, options, async () => {});
  // Deleted meanwhile: then it is needed after all.
  return findContent(core, sha256) ? sha256 : await copyRawImage(image, layer, options);
}

function findContent({ catalog }: StoreCore, sha256: string): LayerRow | undefined {
  const isNamed = (layer: LayerRow) => catalog.entryOfLayer(layer.id) !== undefined;
  return catalog.layers().find((layer) => layer.sealed && layer.sha256 === sha256 && isNamed(layer));
}
