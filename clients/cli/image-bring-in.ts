/** Makes an image of a disk: declares it, uploads what is here, and has it sealed. */
import { ok } from '@bullion/sdk';
import type { Cli } from './cli.ts';
import { follow } from './follow.ts';
import { followScript } from './image-script.ts';
import { type ImageSource, type NewImage, upload } from './image-upload.ts';

/** Uploads and seals. What came half way is deleted, so that the name is free for another try. */
export async function bringIn(cli: Cli, image: NewImage, source: ImageSource): Promise<void> {
  const { provisioning } = await cli.services();
  const { disk, run } = source;
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
  const sealed = await ok(provisioning.GET('/provisioning/v1/images/{image}', onImage(image.name)));
  cli.result(
    sealed,
    `Image ${image.name} is sealed. Boot a node from it: bullion boot NODE --image ${image.name}`,
  );
}

const onImage = (image: string) => ({ params: { path: { image } } });
