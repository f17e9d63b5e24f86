/** Disks for tests, made by the field's own tools: what they make is what is read. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '@bullion/service';
import { isPresent } from '@bullion/service/presence';
import { type BootReport, checkDisk } from '../index.ts';
import type { ByteSource } from '../source.ts';

const MIB = 2 ** 20;

const NEEDED = {
  mke2fs: 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  sfdisk: 'fdisk',
  cpio: 'cpio',
};
const lacking = Object.entries(NEEDED).flatMap(([program, name]) => (isPresent(program) ? [] : [name]));
export const skip = lacking.length > 0 && `needs ${lacking.join(' ')}`;

/** A folder of its own, and tools that must succeed. */
export class Bench implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'bullion-bootable-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  async must(program: string, args: string[], input = ''): Promise<string> {
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, MTOOLS_SKIP_CHECK: '1' };
    const { code, stdout, stderr } = await run(program, args, { timeoutMs: 60_000, env, input });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Path to content; a content that begins with "-> " is a link. */
  tree(name: string, files: Record<string, string | Buffer>): string {
    const root = this.path(name);
    mkdirSync(root, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      const target = /^-> (.*)$/.exec(typeof content === 'string' ? content : '')?.[1];
      if (target !== undefined) symlinkSync(target, join(root, path));
      else writeFileSync(join(root, path), content);
    }
    return root;
  }

  async ext4(name: string, tree: string, options: string[] = []): Promise<string> {
    const path = this.path(name);
    await this.must('mke2fs', ['-q', '-F', '-t', 'ext4', ...options, '-d', tree, path, '48M']);
    return path;
  }

  async fat(name: string, bits: number, mebibytes: number, tree: string): Promise<string> {
    const path = this.path(name);
    await this.must('truncate', ['-s', `${mebibytes}M`, path]);
    await this.must('mkfs.vfat', ['-F', String(bits), ...(bits === 32 ? ['-s', '1'] : []), path]);
    await this.must('sh', ['-c', 'mcopy -i "$0" -s "$1"/* ::/', path, tree]);
    return path;
  }

  /** An initramfs of empty files with these names, except where content is given. */
  async initramfs(files: Record<string, string>, compress: string): Promise<Buffer> {
    const name = `initramfs-${Math.random().toString(36).slice(2)}`;
    const tree = this.tree(name, files);
    const path = this.path(`${name}.img`);
    await this.must('sh', [
      '-c',
      `cd "$0" && find . | cpio -o -H newc --quiet | ${compress} > "$1"`,
      tree,
      path,
    ]);
    return await readFile(path);
  }

  /** A GPT disk of such partitions: sfdisk's type, and a file with its content. */
  async disk(
    name: string,
    partitions: [type: string, file: string | undefined][],
    bootCode = '',
  ): Promise<string> {
    const path = this.path(name);
    await this.must('truncate', ['-s', '160M', path]);
    const table = partitions.map(([type]) => `type=${type}, size=50M`).join('\n');
    await this.must('sfdisk', ['-q', path], `label: gpt\n${table}\n`);
    const disk = await open(path, 'r+');
    await disk.write(bootCode, 0x80);
    await disk.close();
    for (const [index, [, file]] of partitions.entries()) {
      if (file === undefined) continue;
      const at = String(1 + 50 * index);
      await this.must('dd', [
        `if=${file}`,
        `of=${path}`,
        'bs=1M',
        `seek=${at}`,
        'conv=notrunc,sparse',
        'status=none',
      ]);
    }
    return path;
  }

  async check(path: string): Promise<BootReport> {
    return await withSource(path, checkDisk);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

export async function withSource<Result>(
  path: string,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  const file = await open(path);
  try {
    const { size: sizeBytes } = await file.stat();
    return await use({
      sizeBytes,
      async read(offset, length) {
        const into = Buffer.alloc(Math.min(length, 64 * MIB));
        const { bytesRead } = await file.read(into, 0, into.length, offset);
        return into.subarray(0, bytesRead);
      },
    });
  } finally {
    await file.close();
  }
}
