/** `bullion operation`: long work, what it is at and how it ended. */
import { isolationOperation, type Operation, ok, provisioningOperation } from '@bullion/sdk';
import { BullionError, notFound } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { follow, type Service } from '../follow.ts';
import { fields, seconds, table } from '../output.ts';

export function addOperation(program: Command, cli: Cli): void {
  const operation = program.command('operation').description('long work: its steps, its end and its cause');
  example(operation, 'bullion operation show 0192f3c4-...');
  example(
    operation
      .command('show <id>')
      .description('show an operation')
      .option('--follow', 'wait for its end')
      .action(async (id: string, options: { follow?: true }) => {
        const { operation, service } = await find(cli, id);
        const title = `${operation.kind} of ${operation.subject}`;
        const shown = options.follow ? await follow(cli, service, id, title) : operation;
        cli.result(shown, describe(shown));
      }),
    'bullion operation show 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70 --follow',
  );
  example(
    operation
      .command('cancel <id>')
      .description('end an import, an export or a verification; nothing of it is kept')
      .action(async (id: string) => {
        const { service } = await find(cli, id);
        if (service === 'isolation') {
          throw new BullionError(
            'conflict',
            'operation_not_cancellable',
            'That work on hardware cannot be cancelled.',
            {
              hint: 'Wait for its end, and ask for the opposite.',
            },
          );
        }
        const { provisioning } = await cli.services();
        await ok(provisioning.POST('/provisioning/v1/operations/{id}/cancel', { params: { path: { id } } }));
        cli.result({ cancelled: id }, `Operation ${id} is cancelled.`);
      }),
    'bullion operation cancel 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70',
  );
  example(
    operation
      .command('output <id>')
      .description('what the script wrote that an operation ran on an image')
      .action(async (id: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(
          provisioning.GET('/provisioning/v1/operations/{id}/output', { params: { path: { id } } }),
        );
        cli.result(found, found.output.trimEnd());
      }),
    'bullion operation output 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70',
  );
}

const READERS = { isolation: isolationOperation, provisioning: provisioningOperation } as const;

/** Each service has operations of its own, and an id does not say whose it is. */
async function find(cli: Cli, id: string): Promise<{ operation: Operation; service: Service }> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) throw noOperation(id);
  const services = await cli.services();
  for (const service of ['isolation', 'provisioning'] as const) {
    try {
      return { operation: await READERS[service](services)(id, 0), service };
    } catch (error) {
      const elsewhere =
        error instanceof BullionError && ['operation_not_found', 'service_not_served'].includes(error.code);
      if (!elsewhere) throw error;
    }
  }
  throw noOperation(id);
}

const noOperation = (id: string) =>
  notFound('operation', id, 'Copy its id from what the command that began it printed.');

function describe(operation: Operation): string {
  const head = fields([
    ['operation', operation.id],
    ['kind', operation.kind],
    ['subject', operation.subject],
    ['project', operation.project],
    ['state', operation.state],
    ['error', operation.error?.message],
    ['hint', operation.error?.hint],
    ['began', operation.createdAt],
    ['ended', operation.finishedAt],
  ]);
  if (operation.steps.length === 0) return head;
  const steps = table(
    ['step', 'time', 'note'],
    operation.steps.map(({ name, startedAt, finishedAt, note }) => [
      name,
      finishedAt ? seconds(Date.parse(finishedAt) - Date.parse(startedAt)) : 'goes on',
      note,
    ]),
  );
  return `${head}\n\n${steps}`;
}
