/** `bullion hook`: services that must say that a node is wiped before it is free. */
import { all, ok } from '@bullion/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { table } from '../output.ts';
import { readSecret } from '../settings.ts';

const ofHook = (hook: string) => ({ params: { path: { hook } } });

export function addHook(program: Command, cli: Cli): void {
  const hook = program.command('hook').description('services that wipe a node before it is free (operators)');
  example(hook, 'bullion hook list');

  type SetOptions = { url: string; tokenFile: string; node?: string; timeout: string };
  example(
    hook
      .command('set <hook>')
      .description('ask a service at each release, for all nodes or one')
      .requiredOption('--url <url>', 'where it is asked by POST')
      .requiredOption('--token-file <file>', 'holds the token that it is asked with; - is standard input')
      .option('--node <node>', 'only for this node')
      .option('--timeout <seconds>', 'how long it may take', '3600')
      .action(async (name: string, { url, tokenFile, node, timeout }: SetOptions) => {
        const { isolation } = await cli.services();
        const subject = node === undefined ? null : `node/${node}`;
        const body = { url, token: readSecret(tokenFile), subject, timeoutSeconds: Number(timeout) };
        const made = await ok(isolation.PUT('/isolation/v1/wipe-hooks/{hook}', { ...ofHook(name), body }));
        cli.result(made, `A release of ${node ?? 'any node'} waits for ${name} now.`);
      }),
    'bullion hook set eraser --url https://eraser.example/wipe --token-file ./eraser.secret',
  );

  example(
    hook
      .command('list')
      .description('list the hooks')
      .action(async () => {
        const { isolation } = await cli.services();
        const hooks = await all((query) => isolation.GET('/isolation/v1/wipe-hooks', { params: { query } }));
        cli.list(hooks, 'No release waits for a hook.', (rows) =>
          table(
            ['hook', 'for', 'url', 'seconds'],
            rows.map(({ name, subject, url, timeoutSeconds }) => [
              name,
              subject ?? 'all',
              url,
              timeoutSeconds,
            ]),
          ),
        );
      }),
    'bullion hook list',
  );

  example(
    hook
      .command('delete <hook>')
      .description('no longer ask it')
      .action(async (name: string) => {
        const { isolation } = await cli.services();
        await ok(isolation.DELETE('/isolation/v1/wipe-hooks/{hook}', ofHook(name)));
        cli.result({ deleted: name }, `Releases no longer wait for ${name}.`);
      }),
    'bullion hook delete eraser',
  );
}
