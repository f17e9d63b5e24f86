/** `bullion console`: a node's serial line, recorded by the isolation service and shared by all who look. */
import { text } from 'node:stream/consumers';
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { openConsole } from '../console-stream.ts';
import { example } from '../example.ts';
import { Keys } from '../keys.ts';

type Options = { log?: true; follow?: true; tail: number };

export function addConsole(program: Command, cli: Cli): void {
  example(
    program
      .command('console <node>')
      .description("a node's serial console; on a terminal, keys go to the node until ~. or Ctrl-]")
      .option('--log', 'print what was recorded, and end')
      .option('--follow', 'print what was recorded and what comes, sending no keys')
      .option('--tail <bytes>', 'begin so many bytes before the end', bytesOf, 64 * 1024)
      .action(async (node: string, options: Options) => {
        const { stdin } = cli.io;
        if (cli.json && options.follow)
          throw new BullionError('invalid', 'usage', 'One JSON value cannot follow a console.', {
            hint: 'Leave out --json, or --follow.',
          });
        const person = !cli.json && cli.io.isTTY && stdin?.isTTY && !options.log && !options.follow;
        if (person) return await join(cli, node, options.tail, stdin);
        const stream = await openConsole(cli, node, { tail: options.tail, follow: options.follow ?? false });
        if (cli.json) return cli.result({ node, log: await text(stream) }, '');
        await print(cli, stream);
      }),
    'bullion console node1',
    'bullion console node1 --log | less',
  );
}

async function print(cli: Cli, stream: AsyncIterable<Buffer>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) cli.io.stdout.write(decoder.decode(chunk, { stream: true }));
}

/** This terminal becomes the node's. */
async function join(cli: Cli, node: string, tail: number, stdin: NodeJS.ReadStream): Promise<void> {
  const { isolation } = await cli.services();
  const leave = new AbortController();
  const signal = AbortSignal.any([cli.signal, leave.signal]);
  const stream = await openConsole(cli, node, { tail, follow: true, signal });
  cli.note(`Joined to ${node}. Leave with ~. at the start of a line, or Ctrl-].\n`);
  const keys = new Keys({
    send: async (typed) => {
      const params = { path: { node } };
      await ok(isolation.POST('/isolation/v1/nodes/{node}/console', { params, body: { keys: typed } }));
    },
    leave: () => leave.abort(),
  });
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', (typed: string) => keys.type(typed));
  try {
    await Promise.race([print(cli, stream), keys.failed]);
  } catch (error) {
    if (!leave.signal.aborted) throw error;
  } finally {
    stream.destroy();
    stdin.setRawMode(false);
    stdin.pause();
    cli.note(`\nLeft the console of ${node}.`);
  }
}

function bytesOf(value: string): number {
  if (/^\d{1,12}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number of bytes.');
}
