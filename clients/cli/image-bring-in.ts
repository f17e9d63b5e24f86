/** Makes an image of a disk: declares it, uploads what is here, and has it sealed. */
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import { checkStored } from './commands/image-check.ts';
import { follow } from './follow.ts';
import { followScript } from './image-script.ts';
import { type ImageSource, type NewImage, upload } from './image-upload.ts';

/** Uploads and seals. What came half way is deleted, so that the name is free for another try. */
export async function bringIn(cli: Cli, image: NewImage, source: ImageSource): Promise<void> {
  const { provisioning } = await cli.services();
  const { disk, run } = source;
  if ('remote' in disk && run) {
    throw new BullionError(
      'invalid',
      'script_on_remote',
      'A script cannot be run while the service fetches a disk.',
      {
        hint: 'Import it first; then run the script on the image: bullion image run.',
      },
    );
  }
  const sizeBytes = 'remote' in disk ? null : disk.sizeBytes;
  const body = { ...image, sizeBytes, cmdline: source.boot?.cmdline ?? null };
  await ok(provisioning.POST('/provisioning/v1/images', { body }));
  try {
    await upload(cli, image.name, source);
    const begun =
      'remote' in disk
        ? provisioning.POST('/provisioning/v1/images/{image}/import', {
            ...onImage(image.name),
            body: disk.remote,
          })
        : provisioning.POST('/provisioning/v1/images/{image}/seal', {
            ...onImage(image.name),
            body: run ?? null,
          });
    const { operation } = await ok(begun);
    const doing = 'remote' in disk ? 'Importing' : 'Sealing';
    if (run) await followScript(cli, operation, `Running a script and sealing ${image.name}`);
    else await follow(cli, 'provisioning', operation, `${doing} ${image.name}`);
  } catch (error) {
    // What the service fetches by itself goes on without us, and `follow` has said so.
    if ('remote' in disk && cli.signal.aborted) throw error;
    const cleanUp = await cli.services({ whatever: true });
    await ok(cleanUp.provisioning.DELETE('/provisioning/v1/images/{image}', onImage(image.name))).catch(() =>
      cli.note(`A half image is left. Delete it: bullion image delete ${image.name}`),
    );
    throw error;
  }
  if (!source.boot) await remark(cli, image.name);
  const sealed = await ok(provisioning.GET('/provisioning/v1/images/{image}', onImage(image.name)));
  cli.result(
    sealed,
    `Image ${image.name} is sealed. Boot a node from it: bullion boot NODE --image ${image.name}`,
  );
}

/** It is to boot by its own loader: what it lacks for that is better known now than at its first boot. */
async function remark(cli: Cli, name: string): Promise<void> {
  // A storage that cannot be read from here does not stop an import.
  const report = await checkStored(cli, name).catch(() => undefined);
  if (!report || report.boots === 'yes') return;
  const [first] = report.findings.filter(({ state }) => state !== 'ok');
  const doubt =
    report.boots === 'no' ? 'will not boot over iSCSI by itself' : 'may not boot over iSCSI by itself';
  cli.note(`${name} ${doubt} (${first?.what}: ${first?.found}). All of it: bullion image check ${name}`);
}

const onImage = (image: string) => ({ params: { path: { image } } });
