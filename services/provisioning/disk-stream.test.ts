import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { streamDisk } from './disk-stream.ts';

const MIB = 2 ** 20;

const diskOf = (content: Buffer) => ({
  sizeBytes: content.length,
  async read(offset: number, into: Uint8Array) {
    content.copy(into, 0, offset, offset + into.length);
  },
});

async function streamed(content: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await streamDisk(diskOf(content), {
    // Copied late, as a socket does: what is handed over must stay as it is until then.
    async write(bytes) {
      await new Promise((resolve) => setImmediate(resolve));
      pieces.push(Buffer.from(bytes));
    },
    onProgress() {},
  });
  return Buffer.concat(pieces);
}

/** What a shell makes of it. */
function placed(stream: Buffer, sizeBytes: number) {
  const disk = Buffer.alloc(sizeBytes);
  const hash = createHash('blake2b512');
  let dataBytes = 0;
  for (let at = 0; ; ) {
    const end = stream.indexOf('\n', at);
    const [offset, count, unit] = stream.subarray(at, end).toString().split(' ');
    if (offset === 'end') {
      assert.equal(end, stream.length - 1, 'nothing comes after the end');
      assert.equal(count, hash.digest('hex'));
      return { disk, dataBytes };
    }
    const data = stream.subarray(end + 1, end + 1 + Number(count) * Number(unit));
    data.copy(disk, Number(offset) * Number(unit));
    hash.update(data);
    dataBytes += data.length;
    at = end + 1 + data.length;
  }
}

test('whatever is on a disk arrives, with its sum, and long zeros do not travel', async () => {
  const run = fc.record({ zeros: fc.nat(6000), data: fc.nat(700) });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { maxLength: 4 }), async (runs) => {
      const blocks = runs.flatMap(({ zeros, data }) => [
        Buffer.alloc(zeros * 4096),
        Buffer.alloc(data * 4096, 0xa5),
      ]);
      const content = Buffer.concat([...blocks, Buffer.alloc(4096)]);
      const { disk, dataBytes } = placed(await streamed(content), content.length);
      assert.ok(disk.equals(content));
      // Data drags along at most the rest of the units that it begins and ends in.
      const most = runs.reduce((sum, { data }) => sum + (data === 0 ? 0 : data * 4096 + 2 * MIB), 0);
      assert.ok(dataBytes <= most, `${dataBytes} of ${most}`);
    }),
    { numRuns: 15 },
  );
});

test('a disk that cannot be read, and a node that hangs up, end the stream', async () => {
  const broken = { sizeBytes: 40 * MIB, read: () => Promise.reject(new Error('no such sector')) };
  const options = { write: async () => {}, onProgress() {} };
  await assert.rejects(streamDisk(broken, options), /no such sector/);
  const write = () => Promise.reject(new Error('hung up'));
  await assert.rejects(streamDisk(diskOf(Buffer.alloc(40 * MIB, 1)), { ...options, write }), /hung up/);
});
