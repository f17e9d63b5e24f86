/** Running a script on an image: a new image comes of it, and the former one stays as it is. */
import { rm } from 'node:fs/promises';
import { BullionError, mayUse, type OperationContext, uuidv7 } from '@bullion/service';
import { imageFolder, linkBootFiles } from '../boot-files.ts';
import { type Change, type Context, now } from '../context.ts';
import { insertImage, requireSealedImage } from '../images.ts';
import { markSealed } from '../seal.ts';
import type { ImageTable } from '../store/schema.ts';
import { runScript } from './run-script.ts';
import { openScript, requireTurn, type Script, sealScript } from './script.ts';

export type RunRequest = Script & { name: string; project: string | null };

type Input = {
  from: string;
  id: string;
  name: string;
  timeoutSeconds: number;
  /** Sealed: people put secrets into scripts. */
  script: string;
};

/** Begins to run a script on a clone of an image that the caller may use. Returns the operation's id. */
export async function runOnImage(
  context: Context,
  { trx, principal, tell, after }: Change,
  image: string,
  { name, project, script, timeoutSeconds }: RunRequest,
): Promise<string> {
  const { operations } = context;
  const from = await requireSealedImage(trx, principal, image);
  if (!mayUse(principal, project)) {
    throw new BullionError('forbidden', 'project_not_yours', 'You cannot make images there.', {
      hint: 'Name your own project.',
    });
  }
  await requireTurn(trx, project);
  const row: ImageTable = {
    ...from,
    ...{ name, id: uuidv7(), project, kind: 'image', state: 'uploading', sha256: null },
    ...{ public: 0, parent: null, volume: null, created_at: now() },
  };
  await insertImage(trx, row);
  const id = await operations.create(trx, {
    kind: 'image.run',
    subject: `image/${name}`,
    project,
    input: {
      ...{ from: from.id, id: row.id, name, timeoutSeconds },
      script: sealScript(context, row.id, script),
    } satisfies Input,
  });
  await tell('image.created', `image/${name}`, project, { scriptOn: image });
  after(() => operations.start(id));
  return id;
}

export function defineRun(context: Context): void {
  const { db, layers, operations } = context;
  operations.define<Input>('image.run', async (operation: OperationContext<Input>) => {
    const { input, signal, step } = operation;
    const { id, name, from, timeoutSeconds } = input;
    const row = await db.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
    if (row?.state !== 'uploading') return; // A former run had come to its end.
    try {
      await step('run', async (note) => {
        await linkBootFiles(context, from, id);
        await runScript(context, {
          ...{ operation: operation.id, from, to: id, timeoutSeconds, signal, note },
          ...{
            script: openScript(context, id, input.script),
            tried: `Making the image "${name}" by a script`,
          },
        });
      });
    } catch (error) {
      // A service that closes goes on with it at its next start.
      if (!context.closing.aborted) {
        await db.deleteFrom('images').where('id', '=', id).execute();
        await layers.discard(id);
        await rm(imageFolder(context, id), { recursive: true, force: true });
      }
      throw error;
    }
    await step('seal', () => markSealed(context, row));
  });
}
