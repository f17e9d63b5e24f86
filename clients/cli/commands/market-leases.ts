/** `bullion market leases|claim|extend|release|sublease|recall`. */
import { all, type MarketType, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { credits, inCredits } from '../credits.ts';
import { lasting, moment } from '../durations.ts';
import { example } from '../example.ts';
import { fields, table } from '../output.ts';
import { count, slotsOf } from './market-orders.ts';

type Lease = MarketType['MarketLease'];
const ID = '0197c0de-0000-7000-8000-000000000000';
const at = (id: string) => ({ params: { path: { id } } });

export function addMarketLeases(parent: Command, cli: Cli): void {
  example(
    parent
      .command('leases')
      .description('list the leases that you have, and those of your nodes')
      .action(async () => {
        const { market } = await cli.services();
        const leases = await all((page) => market.GET('/market/v1/leases', { params: { query: page } }));
        cli.list(leases, 'There are no leases that you may see.', (rows) =>
          table(
            [
              'lease',
              'tenant',
              'owners',
              'nodes',
              'state',
              'from',
              'until',
              'credits',
              'claim by',
              'machines',
            ],
            rows.map((one) => [
              ...[one.id, one.buyer, [...new Set(one.parts.map(({ owner }) => owner))].join(','), one.nodes],
              ...[one.state, one.start, one.end, inCredits(one.price), one.claimBy, machines(one)],
            ]),
          ),
        );
      }),
    'bullion market leases',
  );
  for (const [verb, path, description] of [
    ['claim', '/market/v1/leases/{id}/claim', 'say that you use a reservation; nobody else gets its nodes'],
    ['release', '/market/v1/leases/{id}/release', 'leave a lease early'],
  ] as const) {
    example(
      parent
        .command(`${verb} <lease>`)
        .description(description)
        .option('--party <project>', 'of your projects the tenant')
        .action(async (id: string, body: { party?: string }) => {
          const { market } = await cli.services();
          const lease = await ok(market.POST(path, { ...at(id), body }));
          cli.result(lease, describe(lease));
        }),
      `bullion market ${verb} ${ID}`,
    );
  }
  type ExtendOptions = { by: number; limit: string; party?: string };
  example(
    parent
      .command('extend <lease>')
      .description('keep the same nodes for longer')
      .requiredOption('--by <duration>', 'how much longer (4h)', lasting)
      .requiredOption('--limit <credits>', 'what a node and slot of it is worth to you', credits)
      .option('--party <project>', 'of your projects the tenant')
      .action(async (id: string, { by, limit, party }: ExtendOptions) => {
        const { market } = await cli.services();
        const body = { slots: await slotsOf(market, by), limit, ...(party && { party }) };
        const lease = await ok(market.POST('/market/v1/leases/{id}/extend', { ...at(id), body }));
        cli.result(lease, describe(lease));
      }),
    `bullion market extend ${ID} --by 4h --limit 3`,
  );
  type SubletOptions = { nodes: number; until: number; reserve: string; party?: string };
  example(
    parent
      .command('sublease <lease>')
      .description('offer nodes of a lease of yours to others')
      .requiredOption('--nodes <count>', 'how many', count)
      .requiredOption('--until <time>', 'until when', moment)
      .requiredOption('--reserve <credits>', 'what you must receive for a node and slot', credits)
      .option('--party <project>', 'of your projects the tenant')
      .action(async (id: string, { nodes, until, reserve, party }: SubletOptions) => {
        const { market } = await cli.services();
        const body = { nodes, end: new Date(until).toISOString(), reserve, ...(party && { party }) };
        const made = await ok(market.POST('/market/v1/leases/{id}/sublease', { ...at(id), body }));
        cli.result(made, `The ask is ${made.ask}.`);
      }),
    `bullion market sublease ${ID} --nodes 1 --until 2h --reserve 1`,
  );
  example(
    parent
      .command('recall <class>')
      .description('want nodes of yours back: idle ones at once, then recallable ones after their notice')
      .requiredOption('--nodes <count>', 'how many', count)
      .option('--party <project>', 'of your projects the owner')
      .action(async (name: string, { nodes, party }: { nodes: number; party?: string }) => {
        const { market } = await cli.services();
        await ok(
          market.POST('/market/v1/recalls', { body: { class: name, nodes, ...(party && { party }) } }),
        );
        cli.result({}, `${nodes} nodes of ${name} come back; \`bullion market leases\` says when.`);
      }),
    'bullion market recall c-0123456789abcdef --nodes 2',
  );
}

const machines = (lease: Lease) => lease.parts.flatMap((part) => part.machines).join(',') || null;

const describe = (lease: Lease) =>
  fields([
    ['lease', lease.id],
    ['state', lease.state],
    ['from', lease.start],
    ['until', lease.end],
    ['price', `${inCredits(lease.price)} credits a node and slot`],
    ['held', inCredits(lease.held)],
    ['claim by', lease.claimBy ?? undefined],
    ['ended because', lease.why],
  ]);
