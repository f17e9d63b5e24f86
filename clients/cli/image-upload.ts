/** Sends the parts of an image to the provisioning service, and shows how far it is. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { errorOf } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import type { LiveBlock } from './live-block.ts';
import { bytes } from './output.ts';

export type NewImage = { name: string; project: string | null; public: boolean };

export type ImageSource = {
  disk: { path: string; sizeBytes: number };
  /** Undefined for an image that boots by its own boot loader. */
  boot: { kernel: string; initrd: string; cmdline: string } | undefined;
};

const CHUNK = 1024 * 1024;
const BAR_WIDTH = 30;

/** The small parts first: a disk takes its time, and what can fail early should. */
export async function upload(cli: Cli, image: string, { disk, boot }: ImageSource): Promise<void> {
  if (boot) {
    await put(cli, image, 'kernel', Readable.toWeb(createReadStream(boot.kernel)));
    await put(cli, image, 'initrd', Readable.toWeb(createReadStream(boot.initrd)));
  }
  const progress = new Progress(cli, image, disk.sizeBytes);
  try {
    const chunks = createReadStream(disk.path, { highWaterMark: CHUNK });
    await put(cli, image, 'disk', ReadableStream.from(progress.count(chunks)));
  } finally {
    progress.end();
  }
}

async function put(
  cli: Cli,
  image: string,
  part: 'disk' | 'kernel' | 'initrd',
  body: ReadableStream | ReturnType<typeof Readable.toWeb>,
): Promise<void> {
  const url = `${cli.url}/provisioning/v1/images/${encodeURIComponent(image)}/${part}`;
  const request = {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await cli.token()}`,
      'content-type': 'application/octet-stream',
    },
    body: body as ReadableStream,
    duplex: 'half',
    signal: cli.signal,
  } satisfies RequestInit & { duplex: 'half' };
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (cause) {
    if (cli.signal.aborted) throw cause;
    const why = messageOf(cause instanceof Error && cause.cause ? cause.cause : cause);
    throw new BullionError(
      'unavailable',
      'upload_broken',
      `The upload of the ${part} of "${image}" broke off: ${why}.`,
      {
        hint: 'See that the service runs and that its disk is not full, then import again.',
        cause,
      },
    );
  }
  if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
}

class Progress {
  readonly #image: string;
  readonly #total: number;
  readonly #block: LiveBlock | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #sent = 0;

  constructor(cli: Cli, image: string, total: number) {
    this.#image = image;
    this.#total = total;
    this.#block = cli.liveBlock();
    if (this.#block) this.#timer = setInterval(() => this.#draw(), 100);
    else cli.note(`Uploading ${image}, ${bytes(total)}`);
  }

  async *count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      yield chunk;
      this.#sent += chunk.length;
    }
  }

  end(): void {
    clearInterval(this.#timer);
    this.#block?.clear();
  }

  #draw(): void {
    const share = this.#sent / this.#total;
    const bar = '█'.repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '░');
    this.#block!.draw([
      `Uploading ${this.#image}  ${bar}  ${Math.floor(share * 100)} % of ${bytes(this.#total)}`,
    ]);
  }
}
