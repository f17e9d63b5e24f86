/** `bullion audit`: who asked for which change, and whether the log of it is whole. */
import { DatabaseSync } from 'node:sqlite';
import { all, ok } from '@bullion/sdk';
import { auditReader, type Checkpoint, type Verdict, verifyAudit } from '@bullion/service';
import { BullionError, messageOf } from '@bullion/service/errors';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output.ts';

export function addAudit(program: Command, cli: Cli): void {
  const audit = program.command('audit').description('who changed what, when and from where');
  example(audit, 'bullion audit list', 'bullion audit verify');

  example(
    audit
      .command('list')
      .description('list what was asked for, done or refused (operators, auditors)')
      .option('--after <number>', 'only what came after the line of this number', lineOf, 0)
      .action(async (options: { after: number }) => {
        const { isolation } = await cli.services();
        const lines = await all((page) =>
          isolation.GET('/isolation/v1/audit', { params: { query: { after: options.after, ...page } } }),
        );
        cli.list(lines, 'Nothing was asked for.', (rows) =>
          table(
            ['line', 'at', 'who', 'from', 'what', 'outcome', 'code'],
            rows.map(({ sequence, at, actor, label, address, action, outcome, code }) => [
              ...[sequence, at, `${label} (${actor})`, address],
              ...[action.replace('/isolation/v1', ''), outcome, code],
            ]),
          ),
        );
      }),
    'bullion audit list --after 120',
  );

  example(
    audit
      .command('verify')
      .description('follow the chain of the log: was a line edited, moved or taken out?')
      .option('--checkpoint <line:hash>', 'that an earlier run printed and you kept elsewhere', checkpointOf)
      .option('--database <file>', 'read this isolation.db, and ask no service')
      .action(async (options: { checkpoint?: Checkpoint; database?: string }) => {
        const { checkpoint, database } = options;
        const verdict =
          database === undefined ? await ask(cli, checkpoint) : await verifyFile(database, checkpoint);
        const head = `${verdict.head.sequence}:${verdict.head.hash}`;
        if (verdict.fault !== null) cli.exitCode = EXIT.failed;
        cli.result(
          verdict,
          verdict.fault === null
            ? `The log is whole: ${verdict.lines} lines. Keep this elsewhere: ${head}`
            : `The log was tampered with, or is damaged. ${verdict.fault}`,
        );
      }),
    'bullion audit verify --checkpoint 120:9f86d0...',
    'bullion audit verify --database backup/isolation.db',
  );
}

async function ask(cli: Cli, checkpoint: Checkpoint | undefined): Promise<Verdict> {
  const { isolation } = await cli.services();
  const query = checkpoint ? { checkpoint: `${checkpoint.sequence}:${checkpoint.hash}` } : {};
  return await ok(isolation.GET('/isolation/v1/audit/verify', { params: { query } }));
}

async function verifyFile(file: string, checkpoint: Checkpoint | undefined): Promise<Verdict> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
    return await verifyAudit(auditReader(database), checkpoint);
  } catch (cause) {
    throw new BullionError(
      'unavailable',
      'audit_unreadable',
      `${file} cannot be read: ${messageOf(cause)}.`,
      {
        hint: 'Name the isolation.db of a service, or a backup of one.',
        cause,
      },
    );
  } finally {
    database?.close();
  }
}

function lineOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of a line.');
}

function checkpointOf(text: string): Checkpoint {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence !== undefined && hash !== undefined) return { sequence: Number(sequence), hash };
  throw new InvalidArgumentError('It must be LINE:HASH, as `bullion audit verify` prints it.');
}
