/** A service with one held node that prints numbered lines without end, to be killed. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@bullion/service';
import { segmentsOf } from '../consoles/segment.ts';
import { driversOf } from '../drivers/index.ts';
import { MemorySwitch, memorySwitchDriver } from '../drivers/switch/memory.ts';
import { type Isolation, openIsolation } from '../index.ts';
import { fileHardware } from './file-hardware.ts';

/** Its node prints `RUN.0`, `RUN.1` and so on, or nothing without a run. */
export async function openPrinting(folder: string, run?: number): Promise<Isolation> {
  const { bmcDriver } = fileHardware(`${folder}/hardware.json`, 0);
  const lines = async (output: PassThrough, signal: AbortSignal) => {
    for (let line = 0; !signal.aborted && run !== undefined; line++) {
      output.write(`${run}.${line}\n`);
      if (line % 20 === 0) await sleep(1);
    }
  };
  const driver: typeof bmcDriver = {
    ...bmcDriver,
    capabilities: { ...bmcDriver.capabilities, console: true },
    async openConsole(_, { signal }) {
      const output = new PassThrough();
      const closed = Promise.withResolvers<void>();
      const close = async () => {
        output.end();
        closed.resolve();
      };
      signal.addEventListener('abort', close, { once: true });
      void lines(output, signal);
      return { output, write: () => {}, close, closed: closed.promise };
    },
  };
  const memory = new MemorySwitch('s1', ['p1']);
  return await openIsolation({
    folder,
    logger: createLogger('silent'),
    consoles: { segmentBytes: 20_000 },
    drivers: { switchDrivers: driversOf(memorySwitchDriver(memory)), bmcDrivers: driversOf(driver) },
  });
}

/** Registers node n1 and gives it to project `a`. */
export async function furnish({ app, createToken }: Isolation): Promise<void> {
  const token = await createToken('operator', 'test');
  const ask = async (method: 'POST' | 'PUT', path: string, payload: object = {}) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await app.inject({ method, url: `/isolation/v1${path}`, headers, payload });
    if (answer.statusCode >= 300) throw new Error(answer.body);
  };
  await ask('POST', '/projects', { name: 'a' });
  const bmc = { driver: 'file', settings: { node: 'n1' } };
  await ask('POST', '/nodes', { name: 'n1', firmware: 'bios', bmc });
  await ask('POST', '/nodes/n1/allocate', { project: 'a' });
}

/** Prints a line when some hundred lines of this run were recorded. */
export async function print(folder: string, run: number): Promise<never> {
  const before = await recorded(folder);
  const service = await openPrinting(folder, run);
  if (run === 0) await furnish(service);
  while ((await recorded(folder)) - before < 3000) await sleep(5);
  console.log('at work');
  for (;;) await sleep(1000);
}

/** How many bytes of consoles there are. */
async function recorded(folder: string): Promise<number> {
  const logs = await readdir(join(folder, 'consoles')).catch(() => []);
  const segments = await Promise.all(logs.map((log) => segmentsOf(join(folder, 'consoles', log))));
  return segments.flat().reduce((sum, { bytes }) => sum + bytes, 0);
}
