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
  const open = exports.disk(accessOf(context, boot).target);
  if (!open) throw new Refusal(503, 'The disk is not open yet. Ask again.');
  const { size_bytes: sizeBytes } = await context.db
    .selectFrom('volumes')
    .select('size_bytes')
    .where('name', '=', boot.volume)
    .executeTakeFirstOrThrow();
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  const gone = new Promise<never>((_, reject) =>
    response.once('close', () => reject(new Error('the node hung up'))),
  );
  gone.catch(() => {});
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      response.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  const disk = { sizeBytes, read: (at: number, into: Uint8Array) => open.read(at, into) };
  await streamDisk(disk, {
    write: (bytes) => Promise.race([write(bytes), gone]),
    onProgress: (done) => copies.moved(boot.id, done / sizeBytes),
  });
  response.end();
}
