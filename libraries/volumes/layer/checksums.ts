import { crc32 } from 'node:zlib';
import { fromSystem, VolumeError } from '../errors.ts';
import { BLOCK_BYTES } from '../geometry.ts';
import type { BlockMap } from '../map/block-map.ts';
import { DATA } from '../map/map-page.ts';
import type { StoredFile } from '../system/file-layer.ts';

/**
 * The checksums of a sealed layer: a file of pages of 4 KiB, each
 *
 *     0    4080  CRC-32 of 1,020 blocks, 0 for those that the layer does not have
 *     4080    8  zeros
 *     4088    4  number of the page + 1, little-endian
 *     4092    4  CRC-32 of what comes before, seeded by the layer
 *
 * A page none of whose blocks is in the layer is a hole. The catalog says whether the file is complete.
 */
const PAGE_BYTES = 4096;
const PAGE_SUMS = 1020;
/** Pages kept in memory for one layer: they cover 1 GiB of data. */
const PAGE_LIMIT = 256;
const READ_BLOCKS = 256;

export class Checksums {
  readonly #layerId: string;
  readonly #file: StoredFile;
  readonly #pages = new Map<number, DataView>();
  readonly #loading = new Map<number, Promise<DataView>>();

  constructor(layerId: string, file: StoredFile) {
    this.#layerId = layerId;
    this.#file = file;
  }

  /** Throws `corrupt` unless `bytes`, whole blocks from `first` on, are what was sealed. */
  async verify(first: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = first + at / BLOCK_BYTES;
      const number = Math.floor(block / PAGE_SUMS);
      const page = this.#pages.get(number) ?? (await this.#load(number));
      const expected = page.getUint32((block - number * PAGE_SUMS) * 4, true);
      if (crc32(bytes.subarray(at, at + BLOCK_BYTES)) !== expected) {
        throw this.#damaged(`block ${block} of layer ${this.#layerId} is not what was sealed`);
      }
    }
  }

  /** Reads every page that `map` needs; rejects with `corrupt` at the first that is damaged. */
  async check(map: BlockMap): Promise<void> {
    await forEachDataRun(map, async (first, count) => {
      for (let page = Math.floor(first / PAGE_SUMS); page * PAGE_SUMS < first + count; page += 1) {
        if (!this.#pages.has(page)) await this.#load(page);
      }
    });
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #load(number: number): Promise<DataView> {
    let loading = this.#loading.get(number);
    if (!loading) {
      loading = this.#read(number).finally(() => this.#loading.delete(number));
      this.#loading.set(number, loading);
    }
    return loading;
  }

  async #read(number: number): Promise<DataView> {
    const bytes = new Uint8Array(PAGE_BYTES);
    try {
      await this.#file.read(bytes, number * PAGE_BYTES);
    } catch (error) {
      throw fromSystem(error, `reading the checksums of layer ${this.#layerId}`);
    }
    const view = new DataView(bytes.buffer);
    const sum = crc32(bytes.subarray(0, PAGE_BYTES - 4), seedOf(this.#layerId));
    if (view.getUint32(PAGE_BYTES - 4, true) !== sum || view.getUint32(PAGE_BYTES - 8, true) !== number + 1) {
      throw this.#damaged(`page ${number} of the checksums of layer ${this.#layerId} is damaged`);
    }
    if (this.#pages.size >= PAGE_LIMIT) this.#pages.delete(this.#pages.keys().next().value!);
    this.#pages.set(number, view);
    return view;
  }

  #damaged(message: string): VolumeError {
    return new VolumeError(
      'corrupt',
      message,
      'Check the folder: it says what else is affected and repairs what can be; restore the rest from an export.',
    );
  }
}

/**
 * Reads all that a sealed layer has of its own and writes its checksums to a new file, durably. `pace` is told of the
 * bytes that were read, and may take its time or throw.
 */
export async function writeChecksums(
  layerId: string,
  map: BlockMap,
  read: (block: number, into: Uint8Array) => Promise<void>,
  file: StoredFile,
  pace: (bytes: number) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(READ_BLOCKS * BLOCK_BYTES);
  const bytes = new Uint8Array(PAGE_BYTES);
  const view = new DataView(bytes.buffer);
  let page = -1;
  const finish = async () => {
    if (page < 0) return;
    view.setUint32(PAGE_BYTES - 8, page + 1, true);
    view.setUint32(PAGE_BYTES - 4, crc32(bytes.subarray(0, PAGE_BYTES - 4), seedOf(layerId)), true);
    await file.write(bytes, page * PAGE_BYTES);
    bytes.fill(0);
  };
  try {
    await forEachDataRun(map, async (first, count) => {
      for (let block = first; block < first + count; block += READ_BLOCKS) {
        const part = buffer.subarray(0, Math.min(READ_BLOCKS, first + count - block) * BLOCK_BYTES);
        await read(block, part);
        for (let at = 0; at < part.length; at += BLOCK_BYTES) {
          const number = block + at / BLOCK_BYTES;
          if (Math.floor(number / PAGE_SUMS) !== page) {
            await finish();
            page = Math.floor(number / PAGE_SUMS);
          }
          view.setUint32((number % PAGE_SUMS) * 4, crc32(part.subarray(at, at + BLOCK_BYTES)), true);
        }
        await pace(part.length);
      }
    });
    await finish();
    await file.sync();
  } catch (error) {
    throw fromSystem(error, `writing the checksums of layer ${layerId}`);
  }
}

async function forEachDataRun(
  map: BlockMap,
  visit: (first: number, count: number) => Promise<void>,
): Promise<void> {
  for (let block = 0; block < map.blocksInFile; ) {
    while (!map.isLoaded(block)) await map.load(block);
    const { state, count } = map.run(block, map.blocksInFile - block);
    if (state === DATA) await visit(block, count);
    block += count;
  }
}

function seedOf(layerId: string): number {
  return Number.parseInt(layerId.slice(0, 8), 16);
}
