/** `make clean`, the part that knows racks and services: ends them, then removes what they kept. */
import { existsSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { down, list } from '@bullion/rack';

const ROOT = join(import.meta.dirname, '..');
const OWN_HOME = join(ROOT, '.bullion');
const home = resolve(process.env.BULLION_HOME || OWN_HOME);

/** What Bullion makes in a home that somebody chose; anything else in it is theirs. */
const KEPT = ['service', 'racks', 'cache', 'operator-token', 'service-token'];

const CLOSE_MS = 25_000;

await endService();
for (const { name } of await list()) {
  console.log(`rack ${name} goes down`);
  await down(name);
}
if (home === OWN_HOME) rmSync(home, { recursive: true, force: true });
else if (existsSync(home)) {
  for (const name of KEPT) rmSync(join(home, name), { recursive: true, force: true });
  try {
    rmdirSync(home);
  } catch {
    console.log(`${home} holds other things and stays`);
  }
}

async function endService(): Promise<void> {
  const pid = servicePid();
  if (pid === undefined) return;
  console.log(`bullion serve (process ${pid}) ends`);
  process.kill(pid, 'SIGTERM');
  for (const deadline = Date.now() + CLOSE_MS; Date.now() < deadline; await sleep(50))
    if (!isServing(pid)) return;
  process.kill(pid, 'SIGKILL');
}

function servicePid(): number | undefined {
  try {
    const pid = Number(readFileSync(join(home, 'service/pid'), 'utf8'));
    return isServing(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A number in a file that a crash left may be another process's by now. */
function isServing(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes('serve') && words.some((word) => word.endsWith('clients/cli/bin.ts'));
  } catch {
    return false;
  }
}
