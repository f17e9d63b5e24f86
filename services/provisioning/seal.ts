/** Sealing makes an immutable layer of an uploaded disk; verifying reads it again and compares its hash. */
import { rm } from 'node:fs/promises';
import { BullionError, mayUse, type OperationContext, uuidv7 } from '@bullion/service';
import { FileSource } from '@bullion/volumes/transfer';
import { BOOT_FILES, type Part, partPath, sizeOf } from './boot-files.ts';
import type { Change, Context, Trx } from './context.ts';
import { requireOwnImage, requireSealedImage, sealingOf } from './images.ts';
import { bringDisk } from './import/bring-disk.ts';
import { runScript } from './scripts/run-script.ts';
import { openScript, requireTurn, type Script, sealScript } from './scripts/script.ts';
import type { ImageTable } from './store/schema.ts';

type Input = {
  name: string;
  id: string;
  /** To be run on what was uploaded, which is a layer of its own then. The script is encrypted. */
  run?: Script & { below: string };
};

/** Begins to seal, or joins who has begun; where there is a script, it is run before. Returns the operation's id. */
export async function sealImage(
  context: Context,
  { trx, principal, after }: Change,
  name: string,
  script?: Script,
): Promise<string> {
  const { operations, uploads } = context;
  const row = await requireOwnImage(trx, principal, name);
  if (row.state === 'sealed' || row.kind === 'snapshot') {
    throw new BullionError('conflict', 'image_sealed', `The image "${name}" is sealed already.`, {
      hint: 'Boot it, or clone it.',
    });
  }
  await requireComplete(context, row);
  const running = await sealingOf(trx, name);
  if (running) return running;
  if ([...uploads].some((key) => key.startsWith(`${row.id}/`))) {
    throw new BullionError('conflict', 'upload_running', `The image "${name}" is still being uploaded.`, {
      hint: 'Seal it when the upload has ended.',
    });
  }
  if (script) await requireTurn(trx, row.project);
  const run = script && {
    ...{ below: uuidv7(), timeoutSeconds: script.timeoutSeconds },
    script: sealScript(context, row.id, script.script),
  };
  const id = await operations.create(trx, {
    kind: 'image.seal',
    subject: `image/${name}`,
    project: row.project,
    input: { name, id: row.id, ...(run && { run }) } satisfies Input,
  });
  after(() => operations.start(id));
  return id;
}

/** `lacking` is a part that is brought by other means. */
export async function requireComplete(
  context: Context,
  { name, id, cmdline }: ImageTable,
  lacking?: Part,
): Promise<void> {
  const all: Part[] = cmdline === null ? ['disk'] : ['disk', ...BOOT_FILES];
  const parts = all.filter((part) => part !== lacking);
  for (const part of parts) {
    if ((await sizeOf(partPath(context, id, part))) !== undefined) continue;
    throw new BullionError('conflict', 'image_incomplete', `The image "${name}" has no ${part} yet.`, {
      hint: `Upload it: PUT /provisioning/v1/images/${name}/${part}.`,
    });
  }
}

export function defineSeal(context: Context): void {
  const { db, operations } = context;
  operations.define<Input>('image.seal', async (operation) => {
    const { id } = operation.input;
    const image = await db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
    if (image?.state !== 'uploading') return; // A former run had come to its end.
    const { run, name } = operation.input;
    await operation.step('import', (note) =>
      importDisk(context, operation, image, run?.below ?? image.id, note),
    );
    if (run) {
      const { below, timeoutSeconds } = run;
      const script = openScript(context, id, run.script);
      const tried = `Sealing the image "${name}"`;
      const { id: operationId, signal } = operation;
      try {
        await operation.step('run', (note) =>
          runScript(context, {
            ...{ operation: operationId, from: below, to: id, script, timeoutSeconds, tried, signal, note },
          }),
        );
      } finally {
        // What stands on it holds it in the store; where nothing does, it can be uploaded again, or sealed without.
        if (!context.closing.aborted) await context.layers.discard(below);
      }
    }
    await operation.step('seal', () => markSealed(context, image));
  });
}

/** From here on it never changes. Its size and hash are those of its layer. */
export async function markSealed(context: Context, { id, name, project }: ImageTable): Promise<void> {
  const { db, events, layers } = context;
  const layer = await layers.find(id);
  if (!layer) throw new Error(`the image ${name} is to be sealed without a layer`);
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('images')
      .set({ state: 'sealed', sha256: layer.sha256 ?? null, size_bytes: layer.sizeBytes })
      .where('id', '=', id)
      .execute();
    await events.append(trx, { kind: 'image.sealed', subject: `image/${name}`, project });
  });
  await rm(partPath(context, id, 'disk'), { force: true });
}

/** A disk of a declared size is raw; any other is taken for what its first bytes say. */
async function importDisk(
  context: Context,
  { signal }: OperationContext<Input>,
  { id, name, size_bytes }: ImageTable,
  layer: string,
  note: (text: string) => Promise<void>,
): Promise<void> {
  const path = partPath(context, id, 'disk');
  const tried = `Sealing the image "${name}"`;
  if (size_bytes === 0) {
    await bringDisk(context, { id: layer, tried, source: new FileSource(path), signal, note });
    return;
  }
  await note('reading, hashing and storing the disk');
  await context.layers.importFile(layer, path, tried, { signal, expectedBytes: size_bytes });
}

/** Those that seals make below their images: no row names them, and they are no rubbish. */
export async function layersOfSeals(trx: Trx): Promise<string[]> {
  const rows = await trx
    .selectFrom('operations')
    .select('input')
    .where('kind', '=', 'image.seal')
    .where('state', '=', 'running')
    .execute();
  return rows.flatMap(({ input }) => (JSON.parse(input) as Input).run?.below ?? []);
}

/** Begins to read a whole image and compare it with the hash it had when it was sealed. Returns the operation's id. */
export async function verifyImage(
  { operations }: Context,
  { trx, principal, after }: Change,
  name: string,
): Promise<string> {
  const row = await requireSealedImage(trx, principal, name);
  const id = await operations.create(trx, {
    kind: 'image.verify',
    subject: `image/${name}`,
    // Whoever asked can follow it, also where the image is somebody else's and public.
    project: mayUse(principal, row.project) ? row.project : (principal.projects[0] ?? null),
    input: { name, id: row.id } satisfies Input,
  });
  after(() => operations.start(id));
  return id;
}

export function defineVerify({ db, layers, operations }: Context): void {
  operations.define<Input>('image.verify', async ({ input, signal, step }) => {
    await step('read and hash', async (note) => {
      const tried = `Verifying the image "${input.name}"`;
      const { sha256, expected, ok } = await layers.verify(input.id, tried, { signal });
      await note(`sha256 ${sha256}`);
      if (ok) {
        // A snapshot gets its hash when it is read for the first time.
        await db.updateTable('images').set({ sha256 }).where('id', '=', input.id).execute();
        return;
      }
      throw new BullionError(
        'internal',
        'image_changed',
        `The image "${input.name}" has the hash ${sha256}, but was sealed with ${expected}.`,
        { hint: 'The disk of this server has damaged it. Import it anew, and do not boot from it.' },
      );
    });
  });
}
