/** Exports that take their time: a qcow2 file that is made once and then fetched, and a push to a registry. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mayUse, type OperationContext } from '@bullion/service';
import { exportQcow2, pushImage } from '@bullion/volumes/transfer';
import { imageFolder, sizeOf } from '../boot-files.ts';
import type { Change, Context } from '../context.ts';
import { requireSealedImage } from '../images.ts';
import { notesOf, scratchFolder } from '../import/bring-disk.ts';
import { type PushRequest, registryOptions } from '../import/sources.ts';
import { explained } from '../storage-errors.ts';

type Qcow2Input = { name: string; id: string };
type PushInput = Qcow2Input & { request: string };

/** Where a qcow2 file of an image is, once it was made. It goes with the image, and when the service starts anew. */
export const qcow2Path = (context: Context, id: string) => join(imageFolder(context, id), 'export.qcow2');

const secretOf = (id: string) => `image/${id}/destination`;

/** Begins an operation on an image that the caller may use, and who asked can follow it. */
async function begin(
  { operations }: Context,
  { trx, principal, after }: Change,
  name: string,
  kind: string,
  more: (id: string) => object,
): Promise<string> {
  const row = await requireSealedImage(trx, principal, name);
  const id = await operations.create(trx, {
    kind,
    subject: `image/${name}`,
    project: mayUse(principal, row.project) ? row.project : (principal.projects[0] ?? null),
    input: { name, id: row.id, ...more(row.id) },
  });
  after(() => operations.start(id));
  return id;
}

/** Begins to make the qcow2 file. */
export const makeQcow2 = (context: Context, change: Change, name: string): Promise<string> =>
  begin(context, change, name, 'image.export', () => ({}));

export const push = (context: Context, change: Change, name: string, request: PushRequest): Promise<string> =>
  begin(context, change, name, 'image.push', (id) => ({
    request: context.secrets.seal(request, secretOf(id)),
  }));

export function defineExports(context: Context): void {
  const { operations, layers, secrets } = context;
  operations.define<Qcow2Input>(
    'image.export',
    async ({ id, input, signal, step }: OperationContext<Qcow2Input>) => {
      const path = qcow2Path(context, input.id);
      if ((await sizeOf(path)) !== undefined) return;
      await step('convert', async (note) => {
        // Beside its place, and moved there when it is whole.
        const draft = `${path}.part-${id}`;
        await rm(draft, { force: true });
        await explained(`Exporting the image "${input.name}"`, async () => {
          await mkdir(imageFolder(context, input.id), { recursive: true, mode: 0o700 });
          await exportQcow2(layers.images, input.id, draft, { signal, onProgress: notesOf(note) });
          await rename(draft, path);
        });
      });
    },
  );
  operations.define<PushInput>('image.push', async ({ input, signal, step }: OperationContext<PushInput>) => {
    const { reference, format, ...credentials } = secrets.open<PushRequest>(
      input.request,
      secretOf(input.id),
    );
    await step('push', async (note) => {
      const digest = await explained(`Pushing the image "${input.name}"`, () =>
        pushImage(layers.images, input.id, reference, {
          ...registryOptions(context, credentials),
          ...{ scratch: scratchFolder(context), format, signal, onProgress: notesOf(note) },
          annotations: { 'org.opencontainers.image.title': input.name },
        }),
      );
      await note(`digest ${digest}`);
    });
  });
}
