/** Sends the disk of an image to who asks, raw or as the qcow2 file that was made of it; a broken download goes on by its range. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { BullionError, type Principal } from '@bullion/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sizeOf } from '../boot-files.ts';
import type { Context } from '../context.ts';
import { requireSealedImage } from '../images.ts';
import type { Disk } from '../storage/storage.ts';
import { qcow2Path } from './push.ts';

const CHUNK = 1024 * 1024;

type Content = { sizeBytes: number; tag: string; read(start: number, end: number): Readable };

export async function sendDisk(
  context: Context,
  principal: Principal,
  name: string,
  format: 'raw' | 'qcow2',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const row = await requireSealedImage(context.db, principal, name);
  const content =
    format === 'raw' ? await rawOf(context, row.id, name) : await qcow2Of(context, row.id, name);
  const { sizeBytes, tag } = content;
  reply
    .type('application/octet-stream')
    .header('etag', tag)
    .header('accept-ranges', 'bytes')
    .header('content-disposition', `attachment; filename="${name}.${format}"`);
  const range = rangeOf(request, tag, sizeBytes);
  if (range === 'none') return reply.status(416).header('content-range', `bytes */${sizeBytes}`).send();
  const { start, end } = range ?? { start: 0, end: sizeBytes };
  if (range) reply.status(206).header('content-range', `bytes ${start}-${end - 1}/${sizeBytes}`);
  return reply.header('content-length', end - start).send(content.read(start, end));
}

/** RFC 9110 section 14: one range of bytes, of the version that was begun with; anything else is answered in whole. */
function rangeOf(
  { headers }: FastifyRequest,
  tag: string,
  sizeBytes: number,
): { start: number; end: number } | 'none' | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.range ?? '');
  if (!match || (headers['if-range'] !== undefined && headers['if-range'] !== tag)) return undefined;
  const start = Number(match[1]);
  const end = match[2] === '' ? sizeBytes : Math.min(sizeBytes, Number(match[2]) + 1);
  return start < end ? { start, end } : 'none';
}

async function rawOf({ layers }: Context, id: string, name: string): Promise<Content> {
  const layer = await layers.find(id);
  if (!layer) throw new Error(`the image ${name} has no layer`);
  return {
    sizeBytes: layer.sizeBytes,
    tag: `"${id}-raw"`,
    read: (start, end) =>
      Readable.from(
        chunksOf(() => layers.open(id, `Reading the image "${name}"`), start, end),
        {
          objectMode: false,
          highWaterMark: CHUNK,
        },
      ),
  };
}

const SECTOR = 512;

/** Opened with the first chunk that is asked for, so that an answer nobody reads opens nothing. */
async function* chunksOf(open: () => Promise<Disk>, start: number, end: number): AsyncGenerator<Buffer> {
  const disk = await open();
  try {
    for (let at = start; at < end; ) {
      const from = at - (at % SECTOR);
      const to = Math.min(from + CHUNK, end + ((SECTOR - (end % SECTOR)) % SECTOR));
      const bytes = Buffer.allocUnsafe(to - from);
      await disk.read(from, bytes);
      yield bytes.subarray(at - from, Math.min(to, end) - from);
      at = to;
    }
  } finally {
    await disk.close();
  }
}

async function qcow2Of(context: Context, id: string, name: string): Promise<Content> {
  const path = qcow2Path(context, id);
  const sizeBytes = await sizeOf(path);
  if (sizeBytes === undefined) {
    throw new BullionError(
      'conflict',
      'export_not_made',
      `No qcow2 file was made of the image "${name}" yet.`,
      {
        hint: `Make it: POST /provisioning/v1/images/${name}/export, and wait for the operation.`,
      },
    );
  }
  return {
    sizeBytes,
    tag: `"${id}-qcow2"`,
    read: (start, end) => createReadStream(path, { start, end: end - 1, highWaterMark: CHUNK }),
  };
}
