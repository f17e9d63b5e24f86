/** What a crash may leave: layers and folders that no row names, and snapshots that were not taken after all. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyBin } from './bin.ts';
import type { Context, Database } from './context.ts';
import { forgetOutputs } from './scripts/output.ts';
import { layersOfSeals } from './seal.ts';

/** At start, before anything is served. */
export async function clearUp(context: Context): Promise<void> {
  const { db, imagesFolder, log } = context;
  // A snapshot's row is written first and made good when the snapshot is taken.
  await db.deleteFrom('images').where('kind', '=', 'snapshot').where('state', '=', 'uploading').execute();
  await collectLayers(context);
  await emptyBin(context);
  await forgetOutputs(context);
  const images = await db.selectFrom('images').select(['id', 'state']).execute();
  const deleted = await db.selectFrom('deleted_things').select('id').execute();
  const states = new Map([
    ...images.map(({ id, state }) => [id, state] as const),
    ...deleted.map(({ id }) => [id, 'sealed'] as const),
  ]);
  for (const folder of await readdir(imagesFolder)) {
    const path = join(imagesFolder, folder);
    if (!states.has(folder)) {
      log.info({ folder }, 'deleting the files of an image that is not there');
      await rm(path, { recursive: true, force: true });
      continue;
    }
    for (const file of await readdir(path)) {
      const isRest =
        file.includes('.part-') ||
        file === 'export.qcow2' ||
        (file === 'disk' && states.get(folder) === 'sealed');
      if (isRest) await rm(join(path, file), { force: true });
    }
  }
}

export async function collectLayers({ db, layers }: Context): Promise<void> {
  await layers.collect(() => namedLayers(db));
}

/** In a transaction, which waits for those before it: one of them may have made a layer whose row is not written yet. */
async function namedLayers(db: Database): Promise<Set<string>> {
  return await db.transaction().execute(async (trx) => {
    const images = await trx.selectFrom('images').select('id').execute();
    const volumes = await trx.selectFrom('volumes').select('id').execute();
    return new Set([...images, ...volumes].map(({ id }) => id).concat(await layersOfSeals(trx)));
  });
}
