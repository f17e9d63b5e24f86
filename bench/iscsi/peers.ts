/** The two servers, each a process of its own over the same file. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LoadTarget } from '../../libraries/iscsi/testing/load/load-session.ts';

const run = promisify(execFile);

export type Server = { target: LoadTarget; pid: number; stop(): Promise<void> };

/** Ours, by `serve.ts` beside this file: `kind` is file, files or volume. */
export async function startBullion(kind: string, ...args: string[]): Promise<Server> {
  const script = join(import.meta.dirname, 'serve.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, kind, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const first = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  if (!Buffer.isBuffer(first[0])) throw new Error(`The server ended with ${first[0]}.`);
  const target = JSON.parse(first[0].toString()) as LoadTarget;
  return { target, pid: child.pid!, stop: () => end(child) };
}

export type TgtOptions = {
  /** tgt's flush is sync_file_range(2), which neither writes metadata nor empties the disk's cache; only O_SYNC does. */
  durable?: boolean;
};

/**
 * tgt over these files, one target each (the first one's name ends in 1), with PDUs as long as ours: its own default
 * of 8 KiB would hold it back. A control port of its own leaves the machine's tgt alone.
 */
export async function startTgt(files: readonly string[], options: TgtOptions = {}): Promise<Server> {
  const port = await freePort();
  const control = String(port % 32768);
  const env = { ...process.env, TGT_IPC_SOCKET: join(dirname(files[0]!), `tgt-${port}`) };
  const child = spawn('tgtd', ['-f', '-C', control, '--iscsi', `portal=127.0.0.1:${port}`], {
    stdio: 'ignore',
    env,
  });
  const adm = (op: string, mode: string, ...args: string[]) =>
    run('tgtadm', ['-C', control, '--lld', 'iscsi', '--op', op, '--mode', mode, ...args], {
      env,
      timeout: 5000,
    });
  try {
    await retried(() => adm('show', 'target'));
    for (const [i, file] of files.entries()) {
      const tid = ['--tid', String(i + 1)];
      await adm('new', 'target', ...tid, '-T', `${NAME}-${i + 1}`);
      for (const [key, value] of Object.entries(TUNED)) {
        await adm('update', 'target', ...tid, '--name', key, '--value', value);
      }
      const flags = options.durable ? ['--bsoflags', 'sync'] : [];
      await adm('new', 'logicalunit', ...tid, '--lun', '1', '-b', file, ...flags);
      await adm('bind', 'target', ...tid, '-I', 'ALL');
    }
  } catch (error) {
    await end(child);
    throw error;
  }
  const target = { host: '127.0.0.1', port, name: `${NAME}-1`, lun: 1 };
  return { target, pid: child.pid!, stop: () => end(child) };
}

const NAME = 'iqn.2026-01.org.bullion:peer';
const TUNED = {
  MaxRecvDataSegmentLength: '262144',
  MaxXmitDataSegmentLength: '262144',
  FirstBurstLength: '262144',
  MaxBurstLength: '262144',
  InitialR2T: 'No',
  ImmediateData: 'Yes',
};

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

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
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}
