/**
 * `make demo`: brings up a virtual data centre, tells the first story on it, and leaves nothing behind. Ends with
 * `demo passed in N s`; with `--json` with one JSON object of its steps and times. Exit code 1 where a step does not hold.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BullionError, messageOf } from '@bullion/service';
import { MARKET_FLAGS, tellMarketStory } from './market-story.ts';
import { Rig } from './rig.ts';
import { tellStory } from './story.ts';
import { round, Telling } from './telling.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const SPEC = join(import.meta.dirname, '../rack/racks/demo.yaml');

const telling = new Telling(values.json ? process.stderr : process.stdout);
const begin = performance.now();
const seconds = () => round((performance.now() - begin) / 1000);
telling.say(
  '\nBullion: a virtual data centre on this machine, and two tenants who do not trust one another\n',
);

let rig: Rig | undefined;
let failure: unknown;
// Ctrl-C takes the rack down as well, and so does whoever ends it because it took too long.
const leave = (code: number) => void Promise.resolve(rig?.close()).finally(() => process.exit(code));
process.once('SIGINT', () => leave(130));
process.once('SIGTERM', () => leave(143));
try {
  await telling.step('a rack comes up: 2 servers, a switch, BMCs, a TPM; the services start', async () => {
    telling.command('bullion rack up rack/racks/demo.yaml');
    telling.command('bullion serve --rack demo');
    rig = await Rig.up({ spec: SPEC, serve: MARKET_FLAGS });
    return [`accelerator: ${rig.rack.accelerator === 'tcg' ? 'software emulation' : rig.rack.accelerator}`];
  });
  await tellStory(rig!, telling);
  telling.say('\nSecond act: servers that are let by auction\n');
  await tellMarketStory(rig!, telling);
} catch (error) {
  failure = error;
  telling.failure(error);
  await showConsoles();
}
await telling
  .step('the rack goes down', async () => {
    telling.command('bullion rack down demo');
    await rig?.close();
    return undefined;
  })
  .catch((error: unknown) => {
    failure ??= error;
    telling.failure(error);
  });

if (!failure) {
  telling.table();
  telling.say(`demo passed in ${Math.round(seconds())} s`);
}
if (values.json) {
  const error =
    failure instanceof BullionError ? failure.toBody().error : failure && { message: messageOf(failure) };
  console.log(
    JSON.stringify({
      demo: failure ? 'failed' : 'passed',
      seconds: seconds(),
      steps: telling.steps,
      ...(error ? { error } : {}),
    }),
  );
}
process.exit(failure ? 1 : 0);

/** The last lines that each server printed: most causes stand there. */
async function showConsoles(): Promise<void> {
  for (const node of rig?.rack.nodes ?? []) {
    const log = await readFile(node.consoleLog, 'utf8').catch(() => '');
    telling.say(
      `\n--- console of ${node.name}, last 30 lines (${node.consoleLog}) ---\n${log.split('\n').slice(-30).join('\n')}`,
    );
  }
}
