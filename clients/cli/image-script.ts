/** Following a script that runs on an image: whatever becomes of it, what it wrote is shown. */
import { ok } from '@bullion/sdk';
import type { Cli } from './cli.ts';
import { follow } from './follow.ts';

export async function followScript(cli: Cli, operation: string, title: string): Promise<void> {
  try {
    await follow(cli, 'provisioning', operation, title);
  } finally {
    if (!cli.signal.aborted) await showOutput(cli, operation);
  }
}

async function showOutput(cli: Cli, id: string): Promise<void> {
  const { provisioning } = await cli.services();
  const path = '/provisioning/v1/operations/{id}/output';
  // There is none of a script that never began; why, is told anyway.
  const found = await ok(provisioning.GET(path, { params: { path: { id } } })).catch(() => undefined);
  for (const line of found?.output.trimEnd().split('\n') ?? []) cli.note(`  ${line}`);
}
