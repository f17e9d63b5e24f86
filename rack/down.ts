/** Takes a rack down, whatever state it is in, and removes every trace of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BullionError } from '@bullion/service/errors';
import { everyPid, isAlive, lifeOf, namespaceOf, ownLine, startedWith, waitGone } from './life.ts';
import { type RackRecord, readRecord, removeFiles } from './record.ts';

/** What runs on the operator's machine may put its own things in order for so long. */
const GRACE_MS = 5000;
const KILL_MS = 10_000;

/** Says of a process that `enter` started it, and in which time up of which rack. */
export const tenure = (record: RackRecord): string => `BULLION_RACK=${record.name}:${record.id}`;

/**
 * Ends all that runs in the rack and removes its files. A rack that crashed, or is not there, is no error.
 * Throws `rack_stays` when the kernel does not let go of a process.
 */
export async function down(name: string): Promise<void> {
  const record = readRecord(name);
  if (record) {
    await endGuests(record);
    // All that the supervisor's namespace holds dies with it; unshare ends after the last of them.
    for (const life of [record.supervisor, record.keeper]) {
      if (!isAlive(life)) continue;
      if (life === record.supervisor) kill(life!.pid, 'SIGKILL');
      if (!(await waitGone(life!, KILL_MS))) throw stays(name, life!.pid);
    }
  }
  removeFiles(name);
}

/**
 * Ends the processes that run on the operator's machine without being the supervisor's children (`bullion
 * serve`, a shell): each would keep the network namespace. While the supervisor lives they are known by their
 * namespace. Afterwards its number may be another's, so only those that `enter` marked are ours.
 */
async function endGuests(record: RackRecord): Promise<void> {
  const own = ownLine();
  const supervisor = isAlive(record.supervisor) ? record.supervisor!.pid : undefined;
  const net = supervisor && namespaceOf(supervisor, 'net');
  const pids = supervisor && namespaceOf(supervisor, 'pid');
  const isGuest = (pid: number): boolean => {
    if (own.has(pid)) return false;
    if (startedWith(pid, tenure(record))) return true;
    return net !== undefined && namespaceOf(pid, 'net') === net && namespaceOf(pid, 'pid') !== pids;
  };
  // unshare itself is in the network namespace; it ends last.
  const guests = everyPid()
    .filter((pid) => pid !== record.keeper?.pid && isGuest(pid))
    .map((pid) => lifeOf(pid));
  for (const guest of guests) if (isAlive(guest)) kill(guest!.pid, 'SIGTERM');
  const deadline = Date.now() + GRACE_MS;
  while (guests.some(isAlive) && Date.now() < deadline) await sleep(20);
  for (const guest of guests) if (isAlive(guest)) kill(guest!.pid, 'SIGKILL');
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const stays = (name: string, pid: number) =>
  new BullionError('timeout', 'rack_stays', `Process ${pid} of the rack "${name}" did not end.`, {
    hint: `Look at what it waits for: cat /proc/${pid}/stack`,
    details: { pid },
  });
