/** Importing: an image's disk is fetched from elsewhere and sealed. It goes on after a restart where it was. */
import { BullionError, invalid, mayUse, type OperationContext, type Principal } from '@bullion/service';
import type { Change, Context, Trx } from '../context.ts';
import { requireIdle, requireOwnImage } from '../images.ts';
import { markSealed, requireComplete } from '../seal.ts';
import { explained } from '../storage-errors.ts';
import { bringDisk } from './bring-disk.ts';
import { type ImportRequest, sourceOf } from './sources.ts';

type Input = {
  name: string;
  id: string;
  /** The request, sealed: addresses may be signed, and passwords are secrets. */
  request: string;
  skipKnown: boolean;
};

const secretOf = (id: string) => `image/${id}/source`;

/** Refuses what cannot be fetched, before anything is written. */
export async function checkSource(context: Context, request: ImportRequest): Promise<void> {
  if ((request.url === undefined) === (request.oci === undefined)) {
    throw invalid(
      'import_source_unclear',
      'An import needs the address of a file or the name of an OCI artifact: one of the two.',
      'Give "url" or "oci".',
    );
  }
  if (request.url !== undefined && !URL.canParse(request.url))
    throw invalid('import_url_invalid', 'That is no address.', 'Write it as https://HOST/PATH.');
  const source = await explained('The import', async () => sourceOf(context, request));
  const host = request.url === undefined ? registryHost(source.label) : new URL(request.url).hostname;
  await context.guard.addresses(host).catch((error: unknown) => {
    if (error instanceof BullionError) throw error;
    throw invalid('import_host_unknown', `The host ${host} is not known.`, 'Check the address.');
  });
}

export const registryHost = (reference: string) => new URL(`http://${reference.split('/')[0]}`).hostname;

/** Begins to fetch the disk of a declared image, whose boot files are there if it has any. */
export async function importDisk(
  context: Context,
  { trx, principal, tell, after }: Change,
  name: string,
  request: ImportRequest,
): Promise<string> {
  const { operations, secrets } = context;
  const row = await requireOwnImage(trx, principal, name);
  await requireIdle(trx, name);
  if (row.state === 'sealed' || row.kind === 'snapshot') {
    throw new BullionError(
      'conflict',
      'image_sealed',
      `The image "${name}" is sealed: it never changes again.`,
      {
        hint: 'Import under another name.',
      },
    );
  }
  await requireComplete(context, row, 'disk');
  const id = await operations.create(trx, {
    kind: 'image.import',
    subject: `image/${name}`,
    project: row.project,
    input: {
      ...{ name, id: row.id, request: secrets.seal(request, secretOf(row.id)) },
      skipKnown: await knows(trx, principal, request.contentSha256),
    } satisfies Input,
  });
  await tell('image.import', `image/${name}`, row.project);
  after(() => operations.start(id));
  return id;
}

/** Content is given by its hash alone only to who may read it in some image anyway. */
async function knows(trx: Trx, principal: Principal, sha256: string | undefined): Promise<boolean> {
  if (sha256 === undefined) return false;
  const rows = await trx
    .selectFrom('images')
    .select(['project', 'public'])
    .where('sha256', '=', sha256.toLowerCase())
    .execute();
  return rows.some((row) => row.public === 1 || mayUse(principal, row.project));
}

export function defineImport(context: Context): void {
  const { db, operations, secrets } = context;
  operations.define<Input>('image.import', async ({ input, signal, step }: OperationContext<Input>) => {
    const image = await db.selectFrom('images').selectAll().where('id', '=', input.id).executeTakeFirst();
    if (image?.state !== 'uploading') return; // A former run had come to its end.
    const request = secrets.open<ImportRequest>(input.request, secretOf(input.id));
    await step('fetch', async (note) => {
      const source = sourceOf(context, request);
      await note(`from ${source.label}`);
      const tried = `Importing the image "${input.name}"`;
      const contentSha256 = request.contentSha256?.toLowerCase();
      await bringDisk(context, {
        ...{ id: input.id, tried, source, signal, note, contentSha256 },
        skipKnown: input.skipKnown,
      });
    });
    await step('seal', () => markSealed(context, image));
  });
}
