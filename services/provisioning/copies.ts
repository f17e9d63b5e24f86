/** Copies: whole disks on their way to nodes that take them onto a local disk or into memory. */
import { accessOf } from './boots.ts';
import { streamDisk } from './disk-stream.ts';
import { type Asked, Refusal } from './node-request.ts';

export type Copy = {
  /** How much of the disk the node has taken, zeros included. */
  percent: number;
  /** When it last took some, in milliseconds since 1970. */
  movedAt: number;
};

/** How far each copy is that began since the service started. Only for people and patience: a copy is whole by its stage. */
export class Copies {
  readonly #copies = new Map<string, Copy>();

  of(boot: string): Copy | undefined {
    return this.#copies.get(boot);
  }

  moved(boot: string, share: number): void {
    this.#copies.set(boot, { percent: Math.floor(share * 100), movedAt: Date.now() });
  }

  forget(boot: string): void {
    this.#copies.delete(boot);
  }
}

/** The boot's disk, as often as the node asks while it boots: a transfer that was cut off is begun anew. */
export async function sendCopy({ context, exports, copies, boot, response }: Asked): Promise<void> {
  if (boot.mode === 'diskless') throw new Refusal(404, 'This boot is served its disk by iSCSI.');
  const disk = exports.disk(accessOf(context, boot).target);
  if (!disk) throw new Refusal(503, 'The disk is not open yet. Ask again.');
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  const gone = new Promise<never>((_, reject) =>
    response.once('close', () => reject(new Error('the node hung up'))),
  );
  gone.catch(() => {});
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      response.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  await streamDisk(disk, {
    write: (bytes) => Promise.race([write(bytes), gone]),
    onProgress: (done) => copies.moved(boot.id, done / disk.sizeBytes),
  });
  response.end();
}
