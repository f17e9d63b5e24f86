/** What may change of a sealed image: its name, and who may see it. A copy is an image of its own. */
import { BullionError, mayUse, type OperationContext, uuidv7 } from '@bullion/service';
import { renameInBin } from './bin.ts';
import { linkBootFiles } from './boot-files.ts';
import { type Change, type Context, now, type Trx } from './context.ts';
import { sharesOf } from './image-shares.ts';
import {
  type ImageView,
  imageView,
  insertImage,
  requireIdle,
  requireOwnImage,
  requireSealedImage,
} from './images.ts';
import { explained } from './storage-errors.ts';
import type { ImageTable } from './store/schema.ts';

export type ImagePatch = { name?: string | undefined; public?: boolean | undefined };

export async function updateImage(
  { trx, principal, tell }: Change,
  name: string,
  patch: ImagePatch,
): Promise<ImageView> {
  let row = await requireOwnImage(trx, principal, name);
  if (patch.public !== undefined) {
    row = { ...row, public: patch.public ? 1 : 0 };
    await trx.updateTable('images').set({ public: row.public }).where('id', '=', row.id).execute();
    await tell(patch.public ? 'image.published' : 'image.withdrawn', `image/${name}`, row.project);
  }
  if (patch.name !== undefined && patch.name !== name) {
    await requireIdle(trx, name);
    row = await rename(trx, row, patch.name);
    await tell('image.renamed', `image/${row.name}`, row.project, { from: name });
  }
  return imageView(row, await sharesOf(trx, row.id));
}

/**
 * Rows refer to an image by its name, so they are led over to a row of the new name before the old one goes: at every
 * moment each of them has an image.
 */
async function rename(trx: Trx, row: ImageTable, to: string): Promise<ImageTable> {
  const renamed = { ...row, name: to };
  await insertImage(trx, { ...renamed, id: uuidv7() });
  await trx.updateTable('volumes').set({ image: to }).where('image', '=', row.name).execute();
  await trx.updateTable('images').set({ parent: to }).where('parent', '=', row.name).execute();
  await trx.updateTable('boots').set({ image: to }).where('image', '=', row.name).execute();
  await renameInBin(trx, row.name, to);
  await trx.deleteFrom('images').where('name', '=', row.name).execute();
  await trx.updateTable('images').set({ id: row.id }).where('name', '=', to).execute();
  return renamed;
}

type CopyInput = { from: string; id: string; name: string };

/** Begins to copy an image that the caller may use into a project of the caller's. Returns the operation's id. */
export async function copyImage(
  { operations }: Context,
  { trx, principal, tell, after }: Change,
  name: string,
  copy: { name: string; project: string | null },
): Promise<string> {
  const from = await requireSealedImage(trx, principal, name);
  if (!mayUse(principal, copy.project)) {
    throw new BullionError('forbidden', 'project_not_yours', `You cannot make images there.`, {
      hint: 'Name your own project.',
    });
  }
  const row: ImageTable = {
    ...from,
    ...{ name: copy.name, id: uuidv7(), project: copy.project, kind: 'image', state: 'uploading' },
    ...{ public: 0, parent: null, volume: null, created_at: now() },
  };
  await insertImage(trx, row);
  const id = await operations.create(trx, {
    kind: 'image.copy',
    subject: `image/${copy.name}`,
    project: copy.project,
    input: { from: from.id, id: row.id, name: copy.name } satisfies CopyInput,
  });
  await tell('image.created', `image/${copy.name}`, copy.project, { copyOf: name });
  after(() => operations.start(id));
  return id;
}

/** No byte is copied: the twin stands on the same layer, which the store keeps as long as either is there. */
export function defineCopy(context: Context): void {
  const { db, events, layers, operations } = context;
  operations.define<CopyInput>('image.copy', async ({ input, step }: OperationContext<CopyInput>) => {
    const row = await db.selectFrom('images').selectAll().where('id', '=', input.id).executeTakeFirst();
    if (row?.state !== 'uploading') return; // A former run had come to its end.
    const tried = `Copying to the image "${input.name}"`;
    try {
      await step('copy', async () => {
        await explained(tried, () => linkBootFiles(context, input.from, input.id));
        await layers.copy(input.from, input.id, tried);
      });
    } catch (error) {
      await db.deleteFrom('images').where('id', '=', input.id).execute();
      await layers.discard(input.id);
      throw error;
    }
    await db.transaction().execute(async (trx) => {
      await trx.updateTable('images').set({ state: 'sealed' }).where('id', '=', input.id).execute();
      await events.append(trx, { kind: 'image.sealed', subject: `image/${row.name}`, project: row.project });
    });
  });
}
