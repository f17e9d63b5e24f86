/** `bullion agent run`: an owner or a buyer that acts by a policy, slot by slot. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type AgentOptions,
  autoscaler,
  type BuyerPolicy,
  calendar,
  idleOwner,
  type OwnerPolicy,
  queue,
  runBuyer,
  runOwner,
} from '@bullion/market/agents';
import { BullionError, messageOf } from '@bullion/service/errors';
import { type Command, Option } from 'commander';
import { agentInput } from '../agent-input.ts';
import type { Cli } from '../cli.ts';
import { credits } from '../credits.ts';
import { example } from '../example.ts';
import { count } from './market-orders.ts';

type Options = {
  policy: string;
  as: 'owner' | 'buyer';
  party: string;
  class: string;
  price: string;
  budget: string;
  input?: string;
  rounds?: number;
};

export function addAgent(program: Command, cli: Cli): void {
  const agent = program.command('agent').description('programs that ask and bid by a policy');
  example(agent, 'bullion agent run --as owner --policy idle --party hospital --class c-0123456789abcdef');
  example(
    agent
      .command('run')
      .description('run a policy until Ctrl-C; once in each slot it looks and acts')
      .addOption(new Option('--as <role>', 'what it is').choices(['owner', 'buyer']).makeOptionMandatory())
      .requiredOption(
        '--policy <policy>',
        'idle (owner); queue, autoscaler, calendar (buyer); or a file whose default export is one',
      )
      .requiredOption('--party <project>', 'for whom it acts')
      .requiredOption('--class <class>', 'of which nodes')
      .addOption(
        new Option('--price <credits>', "an owner's reserve, an autoscaler's limit; per node and slot")
          .argParser(credits)
          .default('1000000', '1'),
      )
      .addOption(
        new Option('--budget <credits>', 'what a buyer may bid at most at once')
          .argParser(credits)
          .default('1000000000', '1000'),
      )
      .option(
        '--input <file>',
        'JSON, read anew in each slot: {"busy": 3} of an owner, {"jobs": [...]} of a buyer, each {"id": "j1", "nodes": 2, "for": "8h", "deadline": "2030-01-31T12:00:00Z", "value": "40"}; an autoscaler has one, {"nodes": 3}',
      )
      .option('--rounds <count>', 'so many slots, and then end', count)
      .action(async (options: Options) => {
        const { market } = await cli.services();
        const say = (text: string) => void cli.io.stdout.write(`${text}\n`);
        const { party, class: name, rounds } = options;
        const common: AgentOptions = { market, party, class: name, say, signal: cli.signal, rounds };
        const policy = await policyOf(options);
        const loadOnly = options.policy === 'autoscaler';
        const input = (slotMs: number) => agentInput(options.input, { slotMs, loadOnly });
        if (options.as === 'owner')
          await runOwner(common, policy as OwnerPolicy<never>, async () => (await input(1)).busy);
        else
          await runBuyer(common, policy as BuyerPolicy<never>, {
            jobs: async (slotMs) => (await input(slotMs)).jobs,
            budget: BigInt(options.budget),
          });
      }),
    'bullion agent run --as owner --policy idle --party hospital --class c-0123456789abcdef --price 1.5',
    'bullion agent run --as buyer --policy queue --party startup --class c-0123456789abcdef --input jobs.json',
  );
}

async function policyOf({ policy, as, price }: Options): Promise<unknown> {
  const known: Record<string, unknown> =
    as === 'owner'
      ? { idle: idleOwner({ reserve: BigInt(price), firmSlots: 32, noticeSlots: 2, spare: 0 }) }
      : { queue, calendar, autoscaler: autoscaler({ leaseSlots: 4, limit: BigInt(price) }) };
  if (Object.hasOwn(known, policy)) return known[policy];
  try {
    const { default: own } = await import(pathToFileURL(resolve(policy)).href);
    if (typeof own === 'function') return own;
  } catch (cause) {
    throw noPolicy(policy, messageOf(cause), Object.keys(known));
  }
  throw noPolicy(policy, 'it has no function as its default export', Object.keys(known));
}

const noPolicy = (policy: string, why: string, known: readonly string[]) =>
  new BullionError('invalid', 'policy_unreadable', `"${policy}" is no policy: ${why}.`, {
    hint: `Take one of ${known.join(', ')}, or name a file that exports a function.`,
  });
