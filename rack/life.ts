/** Processes by number, told apart from later ones that got the same number. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process: its number, and when it started in clock ticks since boot (proc(5), `starttime`). */
export type Life = { pid: number; startTime: string };

type Stat = { state: string; parent: number; startTime: string; cpuSeconds: number };

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name, which may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      state: fields[0]!,
      parent: Number(fields[1]),
      startTime: fields[19]!,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    };
  } catch {
    return undefined;
  }
}

/** Clock ticks a second in proc(5), on every Linux: the kernel's USER_HZ. */
const TICKS = 100;

/** The processor time that a process has used, in seconds; undefined where there is none. */
export function cpuSecondsOf(pid: number): number | undefined {
  return statOf(pid)?.cpuSeconds;
}

export function lifeOf(pid: number): Life | undefined {
  const stat = statOf(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether that process still runs; one that ended and was not waited for does not. */
export function isAlive(life: Life | undefined): boolean {
  if (!life) return false;
  const stat = statOf(life.pid);
  return stat !== undefined && stat.startTime === life.startTime && stat.state !== 'Z';
}

/** Waits until the process is gone; false when it still runs after `ms`. */
export async function waitGone(life: Life, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (isAlive(life)) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

export const everyPid = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

export const childrenOf = (pid: number): number[] => everyPid().filter((one) => statOf(one)?.parent === pid);

/** This process and those that started it, up to the first. */
export function ownLine(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = statOf(pid)?.parent ?? 0) line.add(pid);
  return line;
}

/** The namespace that a process is in, such as `net:[4026531840]`; undefined where it may not be known. */
export function namespaceOf(pid: number, kind: 'net' | 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** Whether the process was started with this variable; false where its environment may not be read. */
export function startedWith(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable);
  } catch {
    return false;
  }
}
