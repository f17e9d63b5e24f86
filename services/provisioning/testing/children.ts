/** Finds what the service has started, for tests that kill it. */
import { readdirSync, readFileSync } from 'node:fs';

/** The process of that name which this one has started. */
export function childNamed(name: string): number | undefined {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .find((pid) => {
      try {
        const [, comm, parent] = /^\d+ \((.*)\) \S+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
        return comm === name && Number(parent) === process.pid;
      } catch {
        return false;
      }
    });
}
