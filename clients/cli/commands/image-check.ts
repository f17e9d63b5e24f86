/** `bullion image check`: can a disk boot over iSCSI, and what does it lack? */
import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BootReport } from '@bullion/bootable';
import { ok } from '@bullion/sdk';
import { run } from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { checkImageFile } from '../image-file.ts';
import { table } from '../output.ts';

export function addCheck(image: Command, cli: Cli): void {
  example(
    image
      .command('check <image-or-file>')
      .description('look into a disk, without mounting it: can it boot over iSCSI, and what does it lack?')
      .action(async (subject: string) => {
        const isFile = subject.includes('/') || /\.(raw|img|qcow2)$/.test(subject) || existsSync(subject);
        const report = isFile ? await checkFile(subject) : await checkStored(cli, subject);
        cli.result(report, describe(subject, report));
      }),
    'bullion image check ./debian-12-generic-amd64.qcow2',
    'bullion image check debian',
  );
}

export async function checkStored(cli: Cli, name: string): Promise<BootReport> {
  const { provisioning } = await cli.services();
  return (await ok(
    provisioning.GET('/provisioning/v1/images/{image}/check', { params: { path: { image: name } } }),
  )) as BootReport;
}

async function checkFile(path: string): Promise<BootReport> {
  if (checkImageFile(path) !== null) return await withFile(path, look);
  const folder = await mkdtemp(join(tmpdir(), 'bullion-check-'));
  try {
    return await withFile(await unpacked(path, folder), look);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A sparse raw copy. Absolute paths, so that no part of a name is taken for one of QEMU's protocols. */
async function unpacked(path: string, folder: string): Promise<string> {
  const raw = join(folder, 'disk.raw');
  const args = ['convert', '-f', 'qcow2', '-O', 'raw', resolve(path), raw];
  const { code, stderr } = await run('qemu-img', args, { timeoutMs: 30 * 60_000 });
  if (code === 0) return raw;
  throw new BullionError(
    'invalid',
    'image_unreadable',
    `The image file ${path} cannot be looked into: ${stderr.trim()}`,
    {
      hint: 'Of packed files only qcow2 can; unpack others first.',
    },
  );
}

async function look(file: FileHandle): Promise<BootReport> {
  const { checkDisk } = await import('@bullion/bootable');
  const { size: sizeBytes } = await file.stat();
  return await checkDisk({
    sizeBytes,
    async read(offset, length) {
      const into = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - offset)));
      const { bytesRead } = await file.read(into, 0, into.length, offset);
      return into.subarray(0, bytesRead);
    },
  });
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const VERDICTS = {
  yes: (subject: string) => `${subject} has what it takes to boot over iSCSI by its own boot loader.`,
  no: (subject: string) => `${subject} will not boot over iSCSI by its own boot loader.`,
  unknown: (subject: string) =>
    `Whether ${subject} boots over iSCSI could not be told: not all of it was looked into.`,
};

export function describe(subject: string, { boots, findings }: BootReport): string {
  const rows = findings.map(({ what, state, found }) => [what, state, found]);
  const todo = findings.flatMap(({ what, todo }) => (todo === undefined ? [] : [`  ${what}: ${todo}`]));
  return [
    VERDICTS[boots](subject),
    '',
    table(['part', 'state', 'found'], rows),
    ...(todo.length > 0 ? ['', 'To do:', ...todo] : []),
  ].join('\n');
}
