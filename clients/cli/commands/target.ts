/** `bullion target`: one disk over iSCSI, with nothing else running. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DiskOperation,
  FileReservations,
  formatTrace,
  IscsiError,
  type Served,
  type ServeOptions,
  serveDisk,
  serveFile,
  type TargetStats,
  trafficSvg,
  trafficText,
} from '@bullion/iscsi';
import { BullionError, type ErrorKind } from '@bullion/service/errors';
import { VolumeError, VolumeStore } from '@bullion/volumes';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { parseListen } from '../serve/listen.ts';
import { interrupted, serveThreaded, warnIfOpen } from './target-threads.ts';

type Options = {
  file?: string[];
  threads?: string;
  volume?: string;
  listen: string[];
  name?: string;
  readOnly?: true;
  removable?: true;
  chap?: string;
  initiator?: string[];
  limitIops?: string;
  limitMb?: string;
  traffic?: string;
  trace?: string;
};

const CHAP_VARIABLE = 'BULLION_CHAP';
const ONE_DISK = 'Serve one disk by --file or --volume alone.';

export function addTarget(program: Command, cli: Cli): void {
  const gather = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
  example(
    program
      .command('target')
      .description('serve one disk over iSCSI until Ctrl-C; prints its iscsi:// URL when it is ready')
      .option(
        '--file <file>',
        'a raw file, or a qcow2 image (by qemu-nbd, qemu-utils); may be repeated',
        gather,
      )
      .option('--threads <count>', 'serve several files by so many threads; one portal sends initiators on')
      .option('--volume <folder:name>', 'a volume of a store that no other process has open')
      .option('--listen <address:port>', 'where to answer, may be repeated; port 0 takes a free one', gather)
      .option('--name <iqn>', "the target's iSCSI name")
      .option('--read-only', 'refuse writes')
      .option('--removable', 'show it as a disk that can be ejected')
      .option(
        '--chap <user:@file>',
        `ask for this user and the secret in the file (or ${CHAP_VARIABLE}=USER:SECRET)`,
      )
      .option('--initiator <iqn>', 'let only this initiator in, may be repeated', gather)
      .option('--limit-iops <count>', 'commands a second at most')
      .option('--limit-mb <count>', 'megabytes a second at most')
      .option('--traffic <file.svg>', 'at the end, draw how much had been read and written by when')
      .option('--trace <file>', 'at the end, write down every read, write and flush, to be replayed')
      .action((options: Options) => serveTarget(cli, options)),
    'bullion target --file disk.raw --listen 127.0.0.1:3260',
    'bullion target --file disk.qcow2 --read-only --traffic boot.svg',
    'bullion target --file a.raw --file b.raw --threads 2',
    'bullion target --volume ./volumes:server-1 --chap node1:@secret --initiator iqn.2026-01.org.example:node1',
  );
}

async function serveTarget(cli: Cli, options: Options): Promise<void> {
  const operations: DiskOperation[] = [];
  const threads = positive('--threads', options.threads);
  const common: ServeOptions = {
    listen: (options.listen ?? ['127.0.0.1:3260']).map(parseListen),
    name: options.name,
    readOnly: options.readOnly,
    removable: options.removable,
    chap: await chapOf(cli, options.chap),
    initiators: options.initiator,
    limits: {
      iops: positive('--limit-iops', options.limitIops),
      bytesPerSecond: scaled(positive('--limit-mb', options.limitMb)),
    },
    observe: options.trace === undefined ? undefined : (operation) => operations.push(operation),
  };
  if (threads !== undefined || (options.file?.length ?? 0) > 1) {
    if (options.volume ?? options.traffic ?? options.trace)
      throw usage('Several files or threads go with neither --volume nor --traffic nor --trace.', ONE_DISK);
    await explained('Serving the disks', () =>
      serveThreaded(cli, { ...common, files: options.file ?? [], threads: Math.ceil(threads ?? 1) }),
    );
    return;
  }
  const served = await explained('Serving the disk', () => serve(options, common));
  try {
    warnIfOpen(cli, served.portals, common.chap !== undefined);
    served.server.on('login', ({ initiator, from }) => cli.note(`${initiator} logged in from ${from}.`));
    served.server.on('logout', ({ initiator, reason }) => cli.note(`${initiator} is gone (${reason}).`));
    served.server.on('login_refused', ({ initiator, from, reason }) =>
      cli.note(`Refused ${initiator || 'a login'} from ${from}: ${reason}`),
    );
    const { url, name, portals } = served;
    cli.result({ url, target: name, portals }, url);
    await interrupted(cli.signal);
  } finally {
    const stats = served.server.stats(served.name);
    cli.note('Ending sessions and flushing the disk.');
    await explained('Flushing the disk', () => served.close());
    cli.note(`Everything written is on stable storage.\n${trafficText(stats.timeline)}`);
    await record(options, stats, operations);
  }
}

async function serve({ file: files, volume }: Options, common: ServeOptions): Promise<Served> {
  const file = files?.[0];
  if ((file === undefined) === (volume === undefined))
    throw usage('Name one disk, by --file or by --volume.', 'For example --file disk.raw.');
  if (file !== undefined) return serveFile({ ...common, file });
  const colon = volume!.lastIndexOf(':');
  const [folder, name] = [volume!.slice(0, colon), volume!.slice(colon + 1)];
  if (colon < 1 || name === '')
    throw usage(`"${volume}" does not name a volume.`, 'Write FOLDER:NAME, such as ./volumes:server-1.');
  const store = await VolumeStore.open(folder);
  try {
    const disk = await store.open(name);
    // By the disk's own id: a later volume of this name is another disk.
    const reservations = disk.readOnly
      ? undefined
      : await FileReservations.open(join(folder, `${disk.id}.reservations.json`));
    return await serveDisk(disk, () => disk.close().finally(() => store.close()), {
      ...common,
      reservations,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** `USER:@FILE`, the variable, or `USER:SECRET`, which every user of the machine can read while we run. */
async function chapOf(cli: Cli, option: string | undefined): Promise<ServeOptions['chap']> {
  const given = option ?? cli.io.env[CHAP_VARIABLE];
  if (!given) return undefined;
  const colon = given.indexOf(':');
  const user = given.slice(0, Math.max(0, colon));
  let secret = given.slice(colon + 1);
  if (user === '' || secret === '')
    throw usage(
      'The CHAP user or its secret is missing.',
      'Write USER:@FILE; the file holds the secret alone.',
    );
  if (secret.startsWith('@')) {
    const path = secret.slice(1);
    secret = await readFile(path, 'utf8').then(
      (text) => text.trim(),
      (error: Error) => {
        throw usage(
          `Cannot read the CHAP secret: ${error.message}.`,
          'Name a file that holds the secret alone.',
        );
      },
    );
  } else if (option !== undefined) {
    cli.note(
      `Other users of this machine can see the secret; better --chap ${user}:@FILE or ${CHAP_VARIABLE}.`,
    );
  }
  return { user, secret };
}

function positive(option: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number > 0) return number;
  throw usage(`${option} is "${value}".`, 'Give a number above zero.');
}

const scaled = (megabytes: number | undefined): number | undefined =>
  megabytes === undefined ? undefined : megabytes * 1_000_000;

async function record(
  options: Options,
  stats: TargetStats,
  operations: readonly DiskOperation[],
): Promise<void> {
  const subtitle = options.file?.[0] ?? options.volume;
  if (options.traffic !== undefined)
    await writeFile(
      options.traffic,
      trafficSvg(stats.timeline, { title: 'Cumulative disk traffic', subtitle }),
    );
  if (options.trace !== undefined) await writeFile(options.trace, formatTrace(operations));
}

const usage = (message: string, hint: string): BullionError =>
  new BullionError('invalid', 'usage', message, { hint });

/** Codes of what its user can put right in the command line; the rest is the machine's. */
const KINDS: Record<string, ErrorKind> = {
  disk_open_failed: 'not_found',
  disk_not_a_file: 'invalid',
  disk_size_invalid: 'invalid',
  target_name_invalid: 'invalid',
  initiator_name_invalid: 'invalid',
  chap_secret_too_short: 'invalid',
  listen_failed: 'conflict',
  qemu_nbd_missing: 'unavailable',
  'not-found': 'not_found',
  'in-use': 'conflict',
  'folder-in-use': 'conflict',
};

async function explained<Result>(tried: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IscsiError || error instanceof VolumeError)) throw error;
    const code = error.code.replaceAll('-', '_');
    throw new BullionError(KINDS[error.code] ?? 'internal', code, `${tried} failed: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}
