/**
 * Side by side with tgt: the same file in the page cache, the same client (libiscsi's iscsi-perf), in alternating
 * order. `node bench.ts [--seconds 4] [--rounds 5] [--json]`. The last line is one JSON object.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { serveFile } from './index.ts';

const run = promisify(execFile);

const { values: options, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    size: { type: 'string', default: '1024' },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
  allowPositionals: true,
});

/** Name, depth, blocks of 512 bytes, random. */
const LOADS: [string, number, number, boolean][] = [
  ['rand_read_qd32', 32, 8, true],
  ['rand_read_qd1', 1, 8, true],
  ['seq_read', 8, 512, false],
];

type Peer = { name: string; start(file: string): Promise<{ url: string; stop(): Promise<void> }> };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(timer);
}

const bullion: Peer = {
  name: 'bullion',
  async start(file) {
    const child = spawn(process.execPath, [import.meta.filename, 'serve', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: process.env,
    });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    return { url: line.toString().trim(), stop: () => end(child) };
  },
};

const tgt: Peer = {
  name: 'tgt',
  async start(file) {
    const port = await freePort();
    // A control socket of its own, so that a tgt of the machine is left alone.
    const env = { ...process.env, TGT_IPC_SOCKET: join(file, '..', `tgt-${port}`) };
    const child = spawn('tgtd', ['-f', '-C', String(port % 32768), '--iscsi', `portal=127.0.0.1:${port}`], {
      stdio: 'ignore',
      env,
    });
    const adm = (...args: string[]) =>
      run('tgtadm', ['-C', String(port % 32768), '--lld', 'iscsi', ...args], { env, timeout: 5000 });
    const name = 'iqn.2026-01.org.bullion:peer';
    for (let tries = 0; ; tries += 1) {
      try {
        await adm('--op', 'new', '--mode', 'target', '--tid', '1', '-T', name);
        break;
      } catch (error) {
        if (tries === 40) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    await adm('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', '1', '-b', file);
    await adm('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL');
    return { url: `iscsi://127.0.0.1:${port}/${name}/1`, stop: () => end(child) };
  },
};

async function measure(url: string, depth: number, blocks: number, random: boolean): Promise<number> {
  const args = [
    '-m',
    String(depth),
    '-b',
    String(blocks),
    '-t',
    options.seconds,
    ...(random ? ['-r'] : []),
    url,
  ];
  const { stdout } = await run('iscsi-perf', args, { timeout: (Number(options.seconds) + 20) * 1000 });
  const averages = [...stdout.matchAll(/iops average (\d+)/g)];
  if (averages.length === 0) throw new Error(`iscsi-perf printed no figure: ${stdout}`);
  return Number(averages.at(-1)![1]);
}

const median = (list: number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-iscsi-bench-'));
  const file = join(folder, 'disk.raw');
  const results: Record<string, Record<string, number[]>> = {};
  try {
    const handle = await open(file, 'w');
    const chunk = Buffer.allocUnsafe(1 << 20);
    randomFillSync(chunk);
    for (let i = 0; i < Number(options.size); i += 1) await handle.write(chunk);
    await handle.close();
    const loads = LOADS.filter(([name]) => options.only === undefined || options.only === name);
    for (let round = 0; round < Number(options.rounds); round += 1) {
      const order = round % 2 === 0 ? [bullion, tgt] : [tgt, bullion];
      for (const peer of order) {
        const { url, stop } = await peer.start(file);
        try {
          // Both get to see the whole file once.
          await run('iscsi-perf', ['-m', '8', '-b', '512', '-t', '2', url], { timeout: 30_000 });
          for (const [name, depth, blocks, random] of loads) {
            const iops = await measure(url, depth, blocks, random);
            ((results[name] ??= {})[peer.name] ??= []).push(iops);
            if (!options.json)
              console.log(`round ${round + 1}  ${name.padEnd(16)} ${peer.name.padEnd(8)} ${iops} IOPS`);
          }
        } finally {
          await stop();
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const figures: Record<string, number> = {};
  for (const [name, by] of Object.entries(results)) {
    const [ours, theirs] = [median(by.bullion!), median(by.tgt!)];
    figures[name] = Number((ours / theirs).toFixed(2));
    figures[`${name}_iops`] = ours;
    figures[`${name}_tgt_iops`] = theirs;
  }
  const machine = {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    kernel: release(),
    node: process.version,
  };
  console.log(JSON.stringify({ bench: 'iscsi', figures, machine }));
}

if (positionals[0] === 'serve') {
  const served = await serveFile({ file: positionals[1]!, listen: { host: '127.0.0.1', port: 0 } });
  console.log(served.url);
  process.on('SIGTERM', () => void served.close().then(() => process.exit(0)));
} else await main();
