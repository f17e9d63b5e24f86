/** `bullion console`: a node's serial line, recorded by the isolation service and shared by all who look. */
import { all, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { PlainText } from '@bullion/service/plain-text';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { ConsoleSession } from '../console-session.ts';
import { type ConsoleOptions, consoleOf, openConsole } from '../console-stream.ts';
import { example } from '../example.ts';
import { bytes, plain, table } from '../output.ts';

type Part = { tail?: number; since?: string; raw?: true };
type JoinOptions = Part & { log?: true; follow?: true; watch?: true; take?: true };

const TAIL = ['--tail <bytes>', 'begin so many bytes before the end; 65536 by default', bytesOf] as const;
const SINCE = [
  '--since <time>',
  'begin at a time: 2026-05-01T12:00, or 90s, 15m, 2h, 3d ago',
  timeOf,
] as const;
const RAW = ['--raw', 'as it was printed, with all that drives a terminal'] as const;

export function addConsole(program: Command, cli: Cli): void {
  const console = program
    .command('console')
    // Or `console show --raw` would be taken for this command's own option of that name.
    .enablePositionalOptions()
    .description(
      "a node's serial console; on a terminal, keys go to the node until ~. at the start of a line",
    )
    .usage('NODE [options]\n       bullion console list | show | search')
    .argument('[node]', 'a node that your project holds')
    .option('--watch', 'send no keys')
    .option('--take', 'write, though another one does; who only watches from then on')
    .option('--log', 'print what was recorded, and end')
    .option('--follow', 'print what was recorded and what comes, sending no keys')
    .option(...TAIL)
    .option(...SINCE)
    .option(...RAW)
    .action(async (node: string | undefined, options: JoinOptions, command: Command) => {
      if (node === undefined) return command.help({ error: true });
      await look(cli, node, options);
    });
  example(
    console,
    'bullion console node1',
    'bullion console node1 --log --since 15m | less',
    'bullion console search node1 "kernel panic"',
  );
  addList(console, cli);
  addShow(console, cli);
  addSearch(console, cli);
}

async function look(cli: Cli, node: string, options: JoinOptions): Promise<void> {
  const { stdin } = cli.io;
  if (cli.json && options.follow)
    throw new BullionError('invalid', 'usage', 'One JSON value cannot follow a console.', {
      hint: 'Leave out --json, or --follow.',
    });
  if (options.watch && options.take)
    throw new BullionError('invalid', 'usage', 'Nobody can take the keyboard and only watch.', {
      hint: 'Leave out --watch, or --take.',
    });
  const person = !cli.json && cli.io.isTTY && stdin?.isTTY && !options.log && !options.follow;
  if (person) {
    const { tail, since, watch, take } = options;
    return await new ConsoleSession(cli, node, { tail, since, write: !watch, take: take ?? false }).run(
      stdin,
    );
  }
  await print(cli, { node }, consoleOf(node), options);
}

/** `what` says in JSON whose log it is. */
async function print(cli: Cli, what: object, path: string, options: Part & ConsoleOptions): Promise<void> {
  const { tail, since, follow, raw } = options;
  const stream = await openConsole(cli, path, { tail, since, follow });
  const decoder = raw ? new TextDecoder() : new PlainText();
  let log = '';
  const show = (text: string) => {
    if (cli.json) log += text;
    else cli.io.stdout.write(text);
  };
  for await (const chunk of stream as AsyncIterable<Buffer>)
    show(decoder instanceof PlainText ? decoder.add(chunk) : decoder.decode(chunk, { stream: true }));
  show(decoder instanceof PlainText ? decoder.end() : decoder.decode());
  if (cli.json) cli.result({ ...what, log }, '');
}

function addList(console: Command, cli: Cli): void {
  example(
    console
      .command('list')
      .description('list the recorded consoles of your projects, former ones too, oldest first')
      .option('--node <node>', 'those of one node')
      .action(async ({ node }: { node?: string }) => {
        const { isolation } = await cli.services();
        const query = node === undefined ? {} : { node };
        const logs = await all((page) =>
          isolation.GET('/isolation/v1/consoles', { params: { query: { ...query, ...page } } }),
        );
        cli.list(logs, 'No console is recorded. A node is recorded from its allocation on.', (rows) =>
          table(
            ['allocation', 'node', 'project', 'started', 'ended', 'kept'],
            rows.map((row) => [
              ...[row.allocation, row.node, row.project, row.startedAt],
              row.endedAt ?? 'still held',
              bytes(row.bytes),
            ]),
          ),
        );
      }),
    'bullion console list --node node1',
  );
}

function addShow(console: Command, cli: Cli): void {
  example(
    console
      .command('show <allocation>')
      .description('print a recorded console, also of a node that your project holds no longer')
      .option(...TAIL)
      .option(...SINCE)
      .option(...RAW)
      .action((allocation: string, options: Part) =>
        print(cli, { allocation }, `consoles/${encodeURIComponent(allocation)}`, options),
      ),
    'bullion console show 0197a3c2-5d1e-7c3b-8f10-2b7c9d4e6f01 --tail 2000',
  );
}

type SearchOptions = {
  allocation?: string;
  ignoreCase?: true;
  since?: string;
  context: number;
  limit: number;
};

function addSearch(console: Command, cli: Cli): void {
  example(
    console
      .command('search <node> <text>')
      .description('find text in the recorded console of a node')
      .option('--allocation <allocation>', 'in the log of a former one: see `bullion console list`')
      .option('-i, --ignore-case', 'take capital letters for small ones')
      .option(...SINCE)
      .option('--context <lines>', 'lines to show before and after each', countOf, 2)
      .option('--limit <count>', 'stop after so many', countOf, 100)
      .action(async (node: string, q: string, { allocation, limit, ...options }: SearchOptions) => {
        const { isolation } = await cli.services();
        const matches: Match[] = [];
        for (let after: number | null = 0; after !== null && matches.length < limit; ) {
          const { ignoreCase, since, context } = options;
          const query = {
            ...{ q, after, context, limit: limit - matches.length },
            ...(ignoreCase ? { ignoreCase: 'true' } : {}),
            ...(since === undefined ? {} : { since }),
          };
          const found: { matches: Match[]; next: number | null } = await ok(
            allocation === undefined
              ? isolation.GET('/isolation/v1/nodes/{node}/console/search', {
                  params: { path: { node }, query },
                })
              : isolation.GET('/isolation/v1/consoles/{allocation}/search', {
                  params: { path: { allocation }, query },
                }),
          );
          matches.push(...found.matches);
          after = found.next;
        }
        cli.list(matches, `"${plain(q)}" is not in the log.`, textOf);
      }),
    'bullion console search node1 "kernel panic" --since 2h',
  );
}

type Match = { offset: number; at: string | null; line: string; before: string[]; after: string[] };

/** As grep shows its context: what was found after a colon, what is around it after a dash. */
const textOf = (matches: readonly Match[]) =>
  matches
    .map(({ at, line, before, after }) => {
      const around = (lines: string[]) => lines.map((each) => `${' '.repeat(24)} - ${plain(each)}`);
      return [...around(before), `${(at ?? '-').padEnd(24)} : ${plain(line)}`, ...around(after)].join('\n');
    })
    .join('\n\n');

function bytesOf(value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number of bytes.');
}

function countOf(value: string): number {
  if (/^\d{1,3}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number below 1000.');
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeOf(value: string): string {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
  const time = count ? Date.now() - Number(count) * UNITS[unit!]! : Date.parse(value);
  if (Number.isFinite(time) && Math.abs(time) < 8e15) return new Date(time).toISOString();
  throw new InvalidArgumentError('It must be a time such as 2026-05-01T12:00, or 90s, 15m, 2h, 3d.');
}
