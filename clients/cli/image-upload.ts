/** Sends the parts of an image to the provisioning service, and shows how far it is. */
import { createReadStream, statSync } from 'node:fs';
import { errorOf } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import type { remoteSource } from './commands/image-transfer.ts';
import type { LiveBlock } from './live-block.ts';
import { bytes } from './output.ts';

type ProvisioningRequest = ReturnType<typeof remoteSource>;

export type NewImage = { name: string; project: string | null; public: boolean };

export type ImageSource = {
  /** On this machine, its size null where it is packed; or elsewhere, to be fetched by the service. */
  disk: { path: string; sizeBytes: number | null } | { remote: ProvisioningRequest };
  /** Undefined for an image that boots by its own boot loader. */
  boot: { kernel: string; initrd: string; cmdline: string } | undefined;
  /** Run on the disk before it is sealed. */
  run?: { script: string; timeoutSeconds: number } | undefined;
};

const CHUNK = 1024 * 1024;
const BAR_WIDTH = 30;

/** The small parts first: a disk takes its time, and what can fail early should. */
export async function upload(cli: Cli, image: string, { disk, boot }: ImageSource): Promise<void> {
  if (boot) {
    await put(cli, image, 'kernel', boot.kernel);
    await put(cli, image, 'initrd', boot.initrd);
  }
  if ('remote' in disk) return;
  const progress = new Progress(cli, image, disk.sizeBytes ?? statSync(disk.path).size);
  try {
    await put(cli, image, 'disk', disk.path, (bytes) => progress.add(bytes));
  } finally {
    progress.end();
  }
}

async function put(
  cli: Cli,
  image: string,
  part: 'disk' | 'kernel' | 'initrd',
  path: string,
  onSent: (bytes: number) => void = () => {},
): Promise<void> {
  const url = `${cli.url}/provisioning/v1/images/${encodeURIComponent(image)}/${part}`;
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const request = {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await cli.token()}`,
      'content-type': 'application/octet-stream',
    },
    body: ReadableStream.from(counted(file, onSent)),
    duplex: 'half',
    signal: cli.signal,
  } satisfies RequestInit & { duplex: 'half' };
  try {
    const response = await fetch(url, request).catch((cause: unknown) => {
      throw cli.signal.aborted ? cause : broken(image, part, cause);
    });
    if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
  } finally {
    // A request that is broken off would read on to the end of the file.
    file.destroy();
  }
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk;
    onSent(chunk.length);
  }
}

function broken(image: string, part: string, cause: unknown): BullionError {
  const why = messageOf(cause instanceof Error && cause.cause ? cause.cause : cause);
  return new BullionError(
    'unavailable',
    'upload_broken',
    `The upload of the ${part} of "${image}" broke off: ${why}.`,
    { hint: 'See that the service runs and that its disk is not full, then import again.', cause },
  );
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

  add(bytes: number): void {
    this.#sent += bytes;
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
