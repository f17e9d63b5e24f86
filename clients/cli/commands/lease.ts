/** `bullion lease`: an owner gives a node to another project for a time. */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';

type Lease = IsolationType['Lease'];

/** `2030-01-31T12:00:00Z`, or how long from now: `90m`, `8h`, `7d`. */
function time(text: string): string {
  const at = Date.parse(text);
  const length = duration(text);
  if (length !== undefined) return new Date(Date.now() + length).toISOString();
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError(
      'Write a time, as 2030-01-31T12:00:00Z, or how long from now: 90m, 8h, 7d.',
    );
  }
  return new Date(at).toISOString();
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3600_000, d: 86_400_000 };

function duration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit!]!;
}

function notice(text: string): number {
  const length = duration(text);
  if (length === undefined) throw new InvalidArgumentError('Write how long: 30m, 8h, 2d.');
  return length / 1000;
}

const ofLease = (lease: string) => ({ params: { path: { lease } } });

export function addLease(program: Command, cli: Cli): void {
  const lease = program.command('lease').description('nodes that their owners give to others for a time');
  example(lease, 'bullion lease create node1 hospital --until 7d --notice 8h', 'bullion lease list --open');

  type CreateOptions = { from?: string; until: string; notice: number };
  example(
    lease
      .command('create <node> <project>')
      .description('lease a node of yours to a project')
      .requiredOption('--until <time>', 'its end: a time, or how long from now (7d)', time)
      .option('--from <time>', 'its start; now by default', time)
      .option('--notice <duration>', 'what a recall leaves the tenant (8h)', notice, 0)
      .action(async (node: string, project: string, { from, until, notice }: CreateOptions) => {
        const { isolation } = await cli.services();
        const times = { endsAt: until, noticeSeconds: notice, ...(from && { startsAt: from }) };
        const made = await ok(isolation.POST('/isolation/v1/leases', { body: { node, project, ...times } }));
        cli.result(made, describe(made));
      }),
    'bullion lease create node1 hospital --until 7d --notice 8h',
    'bullion lease create node1 hospital --from 2030-01-01T08:00:00Z --until 2030-01-05T18:00:00Z',
  );

  example(
    lease
      .command('list')
      .description('list the leases that you gave and those that you have')
      .option('--open', 'only those that have not ended')
      .option('--node <node>', 'only those of a node')
      .action(async (options: { open?: true; node?: string }) => {
        const { isolation } = await cli.services();
        const filter = { ...(options.open && { open: 'true' }), ...(options.node && { node: options.node }) };
        const leases = await all((page) =>
          isolation.GET('/isolation/v1/leases', { params: { query: { ...page, ...filter } } }),
        );
        cli.list(leases, 'There are no leases that you may see.', (rows) =>
          table(
            ['lease', 'node', 'owner', 'tenant', 'state', 'from', 'until'],
            rows.map((one) => [
              ...[one.id, one.node, one.owner, one.project],
              ...[`${one.state}${one.recalledAt ? ' (recalled)' : ''}`, one.startsAt, one.endsAt],
            ]),
          ),
        );
      }),
    'bullion lease list --open',
  );

  example(
    lease
      .command('show <lease>')
      .description('show a lease, and what hinders it')
      .action(async (id: string) => {
        const { isolation } = await cli.services();
        const found = await ok(isolation.GET('/isolation/v1/leases/{lease}', ofLease(id)));
        cli.result(found, describe(found));
      }),
    'bullion lease show 0197c0de-0000-7000-8000-000000000000',
  );

  example(
    lease
      .command('extend <lease>')
      .description('move the end of a lease of yours away')
      .requiredOption('--until <time>', 'its new end', time)
      .action(async (id: string, { until }: { until: string }) => {
        const { isolation } = await cli.services();
        const body = { endsAt: until };
        const changed = await ok(isolation.PATCH('/isolation/v1/leases/{lease}', { ...ofLease(id), body }));
        cli.result(changed, describe(changed));
      }),
    'bullion lease extend 0197c0de-0000-7000-8000-000000000000 --until 14d',
  );

  for (const [verb, description] of [
    ['recall', 'want a node of yours back: the lease ends after its notice'],
    ['end', 'give a leased node back early'],
  ] as const) {
    example(
      lease
        .command(`${verb} <lease>`)
        .description(description)
        .action(async (id: string) => {
          const { isolation } = await cli.services();
          const changed = await ok(isolation.POST(`/isolation/v1/leases/{lease}/${verb}`, ofLease(id)));
          cli.result(changed, describe(changed));
        }),
      `bullion lease ${verb} 0197c0de-0000-7000-8000-000000000000`,
    );
  }
}

function describe(lease: Lease): string {
  return fields([
    ['lease', lease.id],
    ['node', lease.node],
    ['owner', lease.owner ?? 'the data centre'],
    ['tenant', lease.project],
    ['state', lease.state],
    ['from', lease.startsAt],
    ['until', lease.endsAt],
    ['recalled', lease.recalledAt],
    ['waits because', lease.cause],
  ]);
}
