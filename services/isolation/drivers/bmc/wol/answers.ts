/**
 * Whether a machine answers: its SSH port (a refusal is an answer too), or a ping. That it does not may mean that it is
 * off, that it hangs, that its cable is out, or that a firewall drops both; nothing here can tell these apart.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@bullion/service';

type Target = { readonly address: string; readonly port: number };

const ROUND_MS = 1000;
/** What a machine says that is there, or a host on the way says of one that is not. */
const ANSWERS = new Set(['ECONNREFUSED', 'ECONNRESET']);
const SILENCE = new Set(['EHOSTUNREACH', 'EHOSTDOWN', 'ETIMEDOUT', 'ABORT_ERR']);

/** Resolves as soon as it answers. Throws where silence would say nothing of it: no such name, no network of ours. */
export async function answers(target: Target, signal: AbortSignal): Promise<boolean> {
  const { address } = await lookup(target.address);
  const rounds = [connects({ address, port: target.port }, signal), pings(address, signal)];
  const first = rounds.map(async (round) => ((await round) ? true : Promise.reject(undefined)));
  return await Promise.any(first).catch(async () => {
    const failed = (await Promise.allSettled(rounds)).find(({ status }) => status === 'rejected');
    signal.throwIfAborted();
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    return false;
  });
}

/** Whether it answers at any time within so many milliseconds. */
export async function answersWithin(target: Target, quietMs: number, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + quietMs;
  do {
    const round = sleep(Math.min(ROUND_MS, quietMs), undefined, { signal });
    round.catch(() => {}); // An answer is not kept waiting for it.
    if (await answers(target, signal)) return true;
    await round;
  } while (performance.now() < until);
  return false;
}

async function connects({ address, port }: Target, signal: AbortSignal): Promise<boolean> {
  const socket = createConnection({ host: address, port });
  socket.on('error', () => {}); // Also one that comes after the time is up.
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS)]) });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (ANSWERS.has(code)) return true;
    if (SILENCE.has(code)) return false;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** By ping(8), since a raw socket is not for an ordinary user. It ends with 0, 1 without an answer, 2 on an error. */
async function pings(address: string, signal: AbortSignal): Promise<boolean> {
  const args = ['-n', '-q', '-c', '1', '-W', String(ROUND_MS / 1000), address];
  const { code, stderr } = await run('ping', args, { timeoutMs: 5 * ROUND_MS, signal });
  if (code === 0 || code === 1) return code === 0;
  throw new Error(`ping: ${stderr.trim().slice(0, 200)}`);
}
