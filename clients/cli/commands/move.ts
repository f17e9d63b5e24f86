/** `bullion move` and `bullion reprovision`: what takes the place of a running server. */
import { ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish } from '../follow.ts';

export function addMove(program: Command, cli: Cli): void {
  example(
    program
      .command('move <node>')
      .description('move a running server to another node: it shuts down, and its disk boots there')
      .requiredOption('--to <node>', 'a node that your project holds')
      .option('--no-wait', 'return at once')
      .action(async (node: string, options: { to: string; wait: boolean }) => {
        const { provisioning } = await cli.services();
        const params = { path: { boot: node } };
        const { operation } = await ok(
          provisioning.POST('/provisioning/v1/boots/{boot}/move', { params, body: { to: options.to } }),
        );
        const words = {
          doing: `Moving ${node} to ${options.to}`,
          done: `What ran on ${node} runs on ${options.to}. See it: bullion boot show ${options.to}`,
        };
        await finish(cli, operation, options, words, 'provisioning');
      }),
    'bullion move node1 --to node2',
  );
  example(
    program
      .command('reprovision <node>')
      .description('boot a running server from another image, or back from a snapshot; its volume stays')
      .requiredOption('--image <image>', 'an image or a snapshot; the node gets a fresh clone')
      .option('--no-wait', 'return at once')
      .action(async (node: string, options: { image: string; wait: boolean }) => {
        const { provisioning } = await cli.services();
        const params = { path: { boot: node } };
        const { image } = options;
        const { operation } = await ok(
          provisioning.POST('/provisioning/v1/boots/{boot}/reprovision', { params, body: { image } }),
        );
        const words = {
          doing: `Booting ${node} from ${image}`,
          done: `Node ${node} runs from ${image}. See it: bullion boot show ${node}`,
        };
        await finish(cli, operation, options, words, 'provisioning');
      }),
    'bullion reprovision node1 --image golden',
  );
}
