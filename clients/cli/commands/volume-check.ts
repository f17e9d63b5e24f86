/** `bullion volume check`: looks at a folder of volumes that no process has open. */
import { stat } from 'node:fs/promises';
import { BullionError, type ErrorKind } from '@bullion/service/errors';
import { type CheckOptions, type CheckResult, VolumeError, VolumeStore } from '@bullion/volumes';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { bytes } from '../output.ts';

const BLOCK_BYTES = 4096;

export function addVolumeCheck(volume: Command, cli: Cli): void {
  example(
    volume
      .command('check <folder>')
      .description('check a folder of volumes that nobody has open; exit code 1 if anything is damaged')
      .option('--data', 'also read all data of images and snapshots, and compare it with its checksums')
      .option('--repair', 'put right what can be put right without guessing')
      .action((folder: string, options: CheckOptions) => check(cli, folder, options)),
    'bullion volume check /var/lib/bullion/provisioning/volumes',
    'bullion volume check ./volumes --data --repair',
  );
}

async function check(cli: Cli, folder: string, options: CheckOptions): Promise<void> {
  const result = await explained(folder, async () => {
    await requireStore(folder);
    const store = await VolumeStore.open(folder);
    try {
      return await store.check(options);
    } finally {
      await store.close();
    }
  });
  const left = result.problems.filter(({ repaired }) => !repaired);
  cli.result(result, describe(folder, result, left.length, options));
  if (left.length > 0) cli.exitCode = EXIT.failed;
}

/** To open a store is to make one where there is none: a folder that was misspelt must not become one. */
async function requireStore(folder: string): Promise<void> {
  const found = await stat(`${folder}/catalog.db`).catch(() => undefined);
  if (found?.isFile()) return;
  throw new BullionError(
    'not_found',
    'volumes_missing',
    `There are no volumes in ${folder}: it has no catalog.db.`,
    {
      hint: 'Name the folder that holds catalog.db and layers/.',
    },
  );
}

function describe(
  folder: string,
  { layers, dataBlocks, problems }: CheckResult,
  left: number,
  { repair }: CheckOptions,
): string {
  const looked = `${layers} layers with ${bytes(dataBlocks * BLOCK_BYTES)} of data in ${folder}`;
  if (problems.length === 0) return `Nothing is wrong with ${looked}.`;
  const lines = problems.map(({ name, what, alsoAffects, repaired }) => {
    const others = alsoAffects.length === 0 ? '' : ` (also under ${alsoAffects.join(', ')})`;
    return `${repaired ? 'repaired' : 'damaged '}  ${name}${others}: ${what}`;
  });
  const advice =
    left === 0
      ? 'Everything was put right.'
      : repair
        ? `${left} cannot be repaired. Restore what is named above from a snapshot or an export.`
        : `${left} found. Look again with --repair; what that leaves must be restored from a snapshot or an export.`;
  return [`Looked at ${looked}.`, ...lines, advice].join('\n');
}

const KINDS: Record<string, ErrorKind> = { 'folder-in-use': 'conflict', 'folder-unusable': 'unprocessable' };

async function explained<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    const code = error.code.replaceAll('-', '_');
    throw new BullionError(
      KINDS[error.code] ?? 'internal',
      code,
      `Checking ${folder} failed: ${error.message}.`,
      {
        hint: error.hint,
        cause: error,
      },
    );
  }
}
