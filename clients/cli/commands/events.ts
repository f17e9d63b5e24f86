/** `bullion events`: what happened. */
import { all } from '@bullion/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';

export function addEvents(program: Command, cli: Cli): void {
  example(
    program
      .command('events')
      .description('what happened, oldest first')
      .option('--after <number>', 'only what came after the event of this number', sequenceOf, 0)
      .action(async (options: { after: number }) => {
        const { isolation } = await cli.services();
        const events = await all((page) =>
          isolation.GET('/isolation/v1/events', { params: { query: { after: options.after, ...page } } }),
        );
        cli.list(
          events,
          options.after === 0 ? 'Nothing has happened yet.' : `Nothing has happened since ${options.after}.`,
          (rows) =>
            table(
              ['number', 'at', 'event', 'subject', 'project', 'data'],
              rows.map(({ sequence, at, kind, subject, project, data }) => [
                ...[sequence, at, kind, subject, project],
                Object.entries(data)
                  .map(
                    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
                  )
                  .join(' '),
              ]),
            ),
        );
      }),
    'bullion events --after 120',
  );
}

function sequenceOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of an event.');
}
