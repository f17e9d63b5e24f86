/** Reads that begin and end within a block of 4096 bytes: whole blocks are read, and only what was asked for is sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../disks/memory-disk.ts';
import { BLOCK, PHYSICAL_BLOCK } from '../scsi/disk.ts';
import { serve } from '../testing/fixture.ts';

/** Ends in the middle of a block. */
const SIZE = (1 << 20) + 3 * BLOCK;

/** Nothing is in memory by what it says, so that every read waits; notes what was asked of it. */
class SlowDisk extends MemoryDisk {
  readonly asked: [offset: number, length: number][] = [];

  override readNow(_offset: number, _into: Uint8Array): boolean {
    return false;
  }

  override async read(offsetBytes: number, into: Uint8Array): Promise<void> {
    this.asked.push([offsetBytes, into.length]);
    await new Promise((resolve) => setImmediate(resolve));
    super.readNow(offsetBytes, into);
  }
}

const KEYS: Record<string, string>[] = [
  {},
  { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' },
  { MaxRecvDataSegmentLength: '8192' },
];

for (const keys of KEYS) {
  test(`any range is read as it is, with ${JSON.stringify(keys)}`, async (t) => {
    const disk = new SlowDisk(SIZE);
    for (let at = 0; at < SIZE; at += 4) disk.bytes.writeUInt32LE((at * 2654435761) % 4294967296, at);
    const { session } = await serve(t, { disk });
    const initiator = await session({ keys });
    await initiator.testUnitReady();
    const last = SIZE / BLOCK;
    for (const [lba, blocks] of [
      ...[
        [0, 1],
        [1, 1],
        [7, 1],
        [7, 2],
        [3, 127],
        [8, 127],
        [1, 600],
        [5, 1024],
        [0, 512],
      ],
      ...[
        [last - 1, 1],
        [last - 3, 3],
        [last - 130, 130],
        [last - 4, 2],
      ],
    ] as [number, number][]) {
      const { status, data } = await initiator.read(lba, blocks);
      assert.equal(status, 0);
      const from = lba * BLOCK;
      assert.ok(data.equals(disk.bytes.subarray(from, from + blocks * BLOCK)), `${blocks} blocks at ${lba}`);
    }
    if (!('MaxRecvDataSegmentLength' in keys))
      for (const [offset, length] of disk.asked) {
        assert.equal(offset % PHYSICAL_BLOCK, 0);
        assert.ok(length % PHYSICAL_BLOCK === 0 || offset + length === SIZE, `${length} bytes at ${offset}`);
      }
  });
}
