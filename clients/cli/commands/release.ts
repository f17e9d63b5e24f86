/** `bullion release`: the way back of a node; whatever it runs is ended first. */
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish, follow } from '../follow.ts';
import { endBoot } from './boot.ts';

export function addRelease(program: Command, cli: Cli): void {
  example(
    program
      .command('release <node>')
      .description('give a node back: its boot is ended, it goes off and leaves all networks')
      .option('--delete-volume', 'delete the volume that it runs from')
      .option('--confirmed-off', 'you have seen that it is off, where its BMC cannot tell (operators)')
      .option('--no-wait', 'do not wait until the node is free')
      .action(async (node: string, options: Options & { wait: boolean }) => {
        const operation = await beginRelease(cli, node, options);
        const words = { doing: `Releasing ${node}`, done: `Node ${node} is free.` };
        await finish(cli, operation, options, words);
      }),
    'bullion release node1',
    'bullion release node1 --delete-volume',
  );
}

type Options = { deleteVolume?: true; confirmedOff?: true };

/** Returns when the node is free. */
export async function releaseNode(cli: Cli, node: string, options: Options): Promise<void> {
  await follow(cli, 'isolation', await beginRelease(cli, node, options), `Releasing ${node}`);
}

async function beginRelease(cli: Cli, node: string, options: Options): Promise<string> {
  const { isolation } = await cli.services();
  const params = { path: { node } };
  // Asked first: a wrong name changes nothing.
  const { state } = await ok(isolation.GET('/isolation/v1/nodes/{node}', { params }));
  // What boots on a node that is on its way out already wipes it.
  if (state !== 'releasing') await endItsBoot(cli, node, options.deleteVolume ?? false);
  const body = options.confirmedOff ? { confirmedOff: true } : {};
  return (await ok(isolation.POST('/isolation/v1/nodes/{node}/release', { params, body }))).operation;
}

/** A node that was never booted, or whose boot is over, is released all the same. */
async function endItsBoot(cli: Cli, node: string, deleteVolume: boolean): Promise<void> {
  try {
    const operation = await endBoot(cli, node, deleteVolume);
    await follow(cli, 'provisioning', operation, `Ending the boot of ${node}`);
  } catch (error) {
    const nothingToEnd =
      error instanceof BullionError &&
      ['boot_not_found', 'boot_over', 'service_not_served'].includes(error.code);
    if (!nothingToEnd) throw error;
    if (deleteVolume) cli.note(`Node ${node} runs from no volume now, so none is deleted.`);
  }
}
