/** Database-only operations: 16 clients in tight loops. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchOptions, type Figure, quantile, rounded } from '../common/figures.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import { eachOf, type Service, startService } from './service.ts';

const CLIENTS = 16;

/** `prefix` is put before the names of the figures. */
export async function measureWrites(
  { quick, say }: BenchOptions,
  prefix: string,
  database?: string,
): Promise<Record<string, Figure>> {
  const [seconds, nodes] = quick ? [1, 200] : [10, 4000];
  await using service = await startService({ database, memoryPorts: 0 });
  say(`${prefix}: ${nodes} nodes are registered`);
  await service.ask('POST', '/projects', { name: 'tenant' });
  await eachOf(Array(nodes).keys(), CLIENTS, (index) =>
    service.ask('POST', '/nodes', {
      name: `n${index + 1}`,
      firmware: 'uefi',
      bmc: { driver: 'memory', settings: { address: 'bmc-1', username: 'admin', password: 'secret' } },
      nics: [],
    }),
  );
  say(`${prefix}: ${CLIENTS} clients write for ${seconds} s`);
  await load(service, { seconds: seconds / 5, nodes: 0 }); // What is compiled at first use is not what is measured.
  const before = await service.used();
  const result = await load(service, { seconds, nodes });
  const cpu = (await service.used()).cpu - before.cpu;
  const { fault } = await service.ask('GET', '/audit/verify');
  if (fault !== null) throw new Error(fault);
  return {
    [`${prefix}_p95_ms`]: {
      value: rounded(quantile(result.milliseconds, 0.95)),
      unit: 'ms',
      target: prefix === 'db' ? '< 10 ms' : undefined,
      note: `median ${rounded(quantile(result.milliseconds, 0.5))} ms; projects, quotas, networks, access, allocation`,
    },
    [`${prefix}_writes_per_s`]: {
      value: Math.round(result.milliseconds.length / result.seconds),
      unit: 'writes/s',
      target: prefix === 'db' ? '>= 2500 writes/s' : undefined,
      note: `${result.allocated} of them allocations`,
    },
    [`${prefix}_cpu_us_per_write`]: {
      value: Math.round(cpu / result.milliseconds.length),
      unit: 'µs',
      note: "of the service's process; says more than the others on a busy machine",
    },
  };
}

async function load(
  { url, token }: Service,
  asked: Pick<LoadOptions, 'seconds' | 'nodes'>,
): Promise<LoadResult> {
  const options: LoadOptions = { url, token, clients: CLIENTS, ...asked };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, 'load.ts'), JSON.stringify(options)],
    { timeout: (asked.seconds + 60) * 1000, maxBuffer: 2 ** 27 },
  );
  return JSON.parse(stdout) as LoadResult;
}
