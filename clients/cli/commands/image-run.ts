/** `bullion image run`: a script on an image, in a guest of its own; and the same while an image is made. */
import { readFileSync } from 'node:fs';
import { ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.ts';
import { duration } from '../durations.ts';
import { example } from '../example.ts';
import { checkPartFile } from '../image-file.ts';
import { followScript } from '../image-script.ts';
import { projectOf } from './project.ts';

export type RunOptions = { run?: string; timeLimit?: number };

const timeLimit = () =>
  new Option('--time-limit <time>', 'of the script: 90s, 10m, 1h at most')
    .argParser((text) => duration(text) / 1000)
    .default(600, '10m');

/** The options of a command that makes an image of a disk. */
export const withRun = (command: Command): Command =>
  command
    .option(
      '--run <script>',
      'a script that is run in the image before it is sealed, as root, without a network',
    )
    .addOption(timeLimit());

export function scriptOf({ run, timeLimit }: RunOptions) {
  return run === undefined ? undefined : { script: readScript(run), timeoutSeconds: timeLimit! };
}

type Options = { script: string; as: string; project?: string; timeLimit: number; wait: boolean };

export function addRun(image: Command, cli: Cli): void {
  example(
    image
      .command('run <image>')
      .description(
        'run a script in a copy of an image, as root and without a network, and make an image of the result',
      )
      .requiredOption('--script <file>', 'what is run; by /bin/sh, where it does not say by what')
      .requiredOption('--as <image>', 'the image that is made')
      .option('--project <project>', 'its owner; your own project by default')
      .addOption(timeLimit())
      .option('--no-wait', 'return at once')
      .action(async (name: string, options: Options) => {
        const body = {
          name: options.as,
          project: await projectOf(cli, options.project),
          script: readScript(options.script),
          timeoutSeconds: options.timeLimit,
        };
        const { provisioning } = await cli.services();
        const params = { path: { image: name } };
        const { operation } = await ok(
          provisioning.POST('/provisioning/v1/images/{image}/run', { params, body }),
        );
        if (!options.wait) {
          return cli.result(
            { operation },
            `The script runs. Follow it: bullion operation show ${operation} --follow`,
          );
        }
        await followScript(cli, operation, `Running ${options.script} on ${name}`);
        const made = await ok(
          provisioning.GET('/provisioning/v1/images/{image}', { params: { path: { image: options.as } } }),
        );
        cli.result(made, `Image ${options.as} is sealed: ${name}, and what the script has changed.`);
      }),
    'bullion image run golden --script ./finish.sh --as web',
  );
}

/** As many characters as the service takes. */
const MOST = 65536;

function readScript(path: string): string {
  checkPartFile(path, 'script');
  const script = readFileSync(path, 'utf8');
  if (script.length <= MOST) return script;
  throw new BullionError(
    'invalid',
    'script_too_long',
    `The script ${path} has more than ${MOST} characters.`,
    {
      hint: 'Put what is large into the image by a recipe, and have the script use it.',
    },
  );
}
