/** The options of the programs here: `--help` says what there is, and what is wrong is said in a line. */
import { existsSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Ends the process with what is wrong; exit code 2. */
export function fail(why: string): never {
  console.error(why);
  process.exit(2);
}

export function optionsOf<const Known extends Options>(usage: string, options: Known) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
    if (!(values as { help?: boolean }).help)
      return values as ReturnType<typeof parseArgs<{ options: Known }>>['values'];
  } catch (error) {
    fail(`${(error as Error).message}\n${usage}`);
  }
  console.log(usage);
  process.exit(0);
}

/** A workload that was made up must not pass for one that was named. */
export function tracesFolder(named: string): string | undefined {
  if (named !== '' && !existsSync(named)) fail(`There is no folder of traces ${named}.`);
  return named === '' ? undefined : named;
}
