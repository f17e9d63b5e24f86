/** Virtual media: the BMC fetches an image and puts it into the server's CD drive. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '@bullion/service/errors';
import { RedfishError } from './messages.ts';

/** A CD drive that takes files for discs, whether its server is on or off. */
export type MediaDrive = {
  readonly media: string | undefined;
  insertMedia(file: string): Promise<void>;
  ejectMedia(): Promise<void>;
};

/** A BMC has room for a DVD and not for everything. */
const MOST_BYTES = 8 * 2 ** 30;
const FETCH_MS = 10 * 60_000;

/**
 * Fetches the image into `file`. Real BMCs read it block by block while it is used; QEMU has no way out to the
 * management network, so this one takes it whole, first.
 */
export async function fetchImage(uri: string, file: string): Promise<void> {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > MOST_BYTES ? new Error(`it is larger than ${MOST_BYTES} bytes`) : null, chunk);
    },
  });
  try {
    const answer = await fetch(uri, { signal: AbortSignal.timeout(FETCH_MS) });
    if (!answer.ok || !answer.body) throw new Error(`the answer was ${answer.status}`);
    await pipeline(Readable.fromWeb(answer.body), limit, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    await rm(file, { force: true });
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new RedfishError('CouldNotEstablishConnection', uri, messageOf(cause));
  }
}
