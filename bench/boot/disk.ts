/** Disks to boot: the golden image with a file of data on its root, incompressible and the same in every run. */
import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from '@bullion/service';
import { type BuiltImage, buildImage } from '../../node-image/build.ts';
import { layOut } from '../../node-image/disk.ts';
import { readRecipe } from '../../node-image/recipe.ts';

const MIB = 2 ** 20;

export type BenchDisk = {
  /** The image as it was built, for kernel, initramfs and command line. */
  built: BuiltImage;
  path: string;
  sizeBytes: number;
  /** Where its root file system begins, in bytes. */
  rootOffset: number;
};

export type DiskOptions = {
  folder: string;
  recipe: string;
  dataBytes: number;
  /** Another seed gives another disk. */
  seed: string;
  say(text: string): void;
};

/** A disk of that recipe with `dataBytes` of data in /var/data. */
export async function makeBenchDisk(options: DiskOptions): Promise<BenchDisk> {
  const { folder, dataBytes, seed, say } = options;
  const recipe = join(import.meta.dirname, options.recipe);
  const built = await buildImage({ recipe, onStep: say });
  const { disk, name } = readRecipe(recipe);
  const path = join(folder, `${name}-${seed}.raw`);
  const rootOffset = layOut(disk).root.offset;
  await must('cp', ['--sparse=always', built.disk, path]);
  const data = join(folder, 'data');
  await pipeline(Readable.from(keystream(seed, dataBytes)), createWriteStream(data, { highWaterMark: MIB }));
  await writeInto({ path, rootOffset }, [`write ${data} /var/data`]);
  await rm(data);
  return { built, path, sizeBytes: disk.sizeBytes, rootOffset };
}

/** Runs commands of debugfs on the root file system of a disk that nothing uses. */
export async function writeInto(
  disk: Pick<BenchDisk, 'path' | 'rootOffset'>,
  commands: string[],
): Promise<void> {
  const script = `${disk.path}.debugfs`;
  await writeFile(script, `${commands.join('\n')}\n`);
  const said = await must('debugfs', ['-w', '-f', script, `${disk.path}?offset=${disk.rootOffset}`]);
  // It ends with 0 whatever happens; what it says of a failure names the command first.
  const failed = said
    .split('\n')
    .find((line) => /^\w+: (?!Allocated)/.test(line) && !line.startsWith('debugfs'));
  if (failed) throw new Error(`debugfs: ${failed}`);
  await rm(script);
}

export async function must(program: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, { timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr || stdout}`);
  return stdout + stderr;
}

/** AES-CTR's keystream: as good as random, and fast. */
function* keystream(seed: string, length: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(4 * MIB);
  for (let left = length; left > 0; left -= zeros.length)
    yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
}
