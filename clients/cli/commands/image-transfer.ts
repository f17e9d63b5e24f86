/** `bullion image export`, `push`, `copy`: images go elsewhere; and imports of what is not a file of this machine. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorOf, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish, follow } from '../follow.ts';
import { bytes } from '../output.ts';
import { readSecret } from '../settings.ts';
import { projectOf } from './project.ts';

const onImage = (image: string) => ({ params: { path: { image } } });

/** What stands elsewhere, and how it is asked for. */
export type RemoteOptions = {
  sha256?: string;
  contentSha256?: string;
  user?: string;
  passwordFile?: string;
};

export const isRemote = (source: string): boolean => /^(https?|oci):\/\//.test(source);

/** The request for a source such as `https://HOST/PATH` or `oci://REGISTRY/REPOSITORY:TAG`. */
export function remoteSource(source: string, options: RemoteOptions) {
  const { sha256, contentSha256 } = options;
  const where = source.startsWith('oci://') ? { oci: source.slice('oci://'.length) } : { url: source };
  return { ...where, sha256, contentSha256, ...credentials(options) };
}

function credentials({ user, passwordFile }: RemoteOptions) {
  return { user, password: passwordFile === undefined ? undefined : readSecret(passwordFile) };
}

export function addTransfers(image: Command, cli: Cli): void {
  example(
    image
      .command('export <image> <file>')
      .description("download an image's disk; one that broke off goes on where it was")
      .option('--format <format>', 'raw or qcow2; by the ending of the file', '')
      .action(async (name: string, file: string, { format }: { format: string }) => {
        await download(cli, name, file, formatOf(file, format));
      }),
    'bullion image export web ./web.qcow2',
  );
  type PushOptions = RemoteOptions & { format: 'raw' | 'qcow2' | 'gzip' | 'zstd'; wait: boolean };
  example(
    image
      .command('push <image> <reference>')
      .description('push an image to a registry: REGISTRY/REPOSITORY:TAG')
      .option('--format <format>', 'raw, qcow2, gzip or zstd', 'zstd')
      .option('--user <user>', 'who may push')
      .option('--password-file <file>', 'holds the password; - is standard input')
      .option('--no-wait', 'return at once')
      .action(async (name: string, reference: string, options: PushOptions) => {
        const { provisioning } = await cli.services();
        const body = {
          reference: reference.replace(/^oci:\/\//, ''),
          format: options.format,
          ...credentials(options),
        };
        const begun = await ok(
          provisioning.POST('/provisioning/v1/images/{image}/push', { ...onImage(name), body }),
        );
        const words = { doing: `Pushing ${name}`, done: `Image ${name} is at ${reference}.` };
        await finish(cli, begun.operation, options, words, 'provisioning');
      }),
    'bullion image push web registry.example.org/images/web:1',
  );
  example(
    image
      .command('copy <image> <name>')
      .description('copy an image, in no time: no byte of it is written')
      .option('--project <project>', 'whose the copy is; your own project by default')
      .action(async (name: string, copy: string, options: { project?: string }) => {
        const { provisioning } = await cli.services();
        const body = { name: copy, project: await projectOf(cli, options.project) };
        const begun = await ok(
          provisioning.POST('/provisioning/v1/images/{image}/copy', { ...onImage(name), body }),
        );
        const words = { doing: `Copying ${name}`, done: `Image ${copy} is there.` };
        await finish(cli, begun.operation, { wait: true }, words, 'provisioning');
      }),
    'bullion image copy golden mine --project hospital',
  );
}

function formatOf(file: string, asked: string): 'raw' | 'qcow2' {
  const format = asked || (file.endsWith('.qcow2') ? 'qcow2' : 'raw');
  if (format === 'raw' || format === 'qcow2') return format;
  throw new BullionError('invalid', 'format_unknown', `"${format}" is no format of a disk.`, {
    hint: 'Write raw or qcow2.',
  });
}

async function download(cli: Cli, name: string, file: string, format: 'raw' | 'qcow2'): Promise<void> {
  const { provisioning } = await cli.services();
  if (await stat(file).catch(() => undefined)) {
    throw new BullionError('conflict', 'file_exists', `The file ${file} is there already.`, {
      hint: 'Name another one, or remove it first.',
    });
  }
  const { sha256 } = await ok(provisioning.GET('/provisioning/v1/images/{image}', onImage(name)));
  if (format === 'qcow2') {
    const begun = await ok(provisioning.POST('/provisioning/v1/images/{image}/export', onImage(name)));
    await follow(cli, 'provisioning', begun.operation, `Making a qcow2 file of ${name}`);
  }
  const partial = `${file}.part`;
  // Without a hash nobody would notice that the beginning is of something else.
  const resumes = format === 'raw' && sha256 !== null;
  const start = resumes ? ((await stat(partial).catch(() => undefined))?.size ?? 0) : 0;
  const response = await fetch(
    `${cli.url}/provisioning/v1/images/${encodeURIComponent(name)}/disk?format=${format}`,
    {
      headers: {
        authorization: `Bearer ${await cli.token()}`,
        ...(start > 0 && { range: `bytes=${start}-` }),
      },
      signal: cli.signal,
    },
  );
  // What is there already may be whole, or of something else: begin anew.
  if (response.status === 416) {
    await rm(partial, { force: true });
    return await download(cli, name, file, format);
  }
  if (!response.ok) throw errorOf(response.status, await response.json().catch(() => undefined));
  const flags = response.status === 206 ? 'a' : 'w';
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(partial, { flags }));
  if (format === 'raw' && sha256 !== null && (await hashOf(partial)) !== sha256) {
    await rm(partial);
    throw new BullionError('internal', 'download_damaged', `What came of ${name} does not have its hash.`, {
      hint: 'Part of it may have been of another image; it is removed. Export it again.',
    });
  }
  await rename(partial, file);
  const { size } = await stat(file);
  const check = format === 'raw' && sha256 !== null ? ` sha256 ${sha256}` : '';
  cli.result({ file, format, bytes: size, sha256 }, `Image ${name} is in ${file}, ${bytes(size)}.${check}`);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
