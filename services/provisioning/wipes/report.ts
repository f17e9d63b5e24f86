/** What a wiped node reports: which disks it had, and how much of each was read back as zeros. */
import type { IsolationType } from '@bullion/sdk';
import { count, sectionsOf } from '../inspection/report.ts';
import type { Wipe } from './wipe.ts';

export type WipedDisk = { name: string; bytes: number; serial?: string; how: string; readBytes: number };
type KnownDisk = IsolationType['Facts']['disks'][number];

/** A disk of at most this size is read back whole by every policy; of a larger one `quick` reads that share. In bytes. */
const WHOLE = 2 ** 31;
const SAMPLES = 2 ** 28;

/** The disks. Throws a sentence where one was not read back, or one that the node was known to have is not among them. */
export function readWipe(
  report: string,
  policy: Wipe['policy'],
  known: readonly KnownDisk[] = [],
): WipedDisk[] {
  const sections = sectionsOf(report);
  // The last line: a report that was cut short does not count.
  if (sections.at(-1)?.kind !== 'end') throw new Error('it is not whole');
  const disks = sections
    .filter(({ kind }) => kind === 'disk')
    .map(({ name, values }): WipedDisk => {
      const serial = values.get('serial') || values.get('wwid');
      const bytes = count(values, 'sectors') * 512;
      const readBytes = count(values, 'read');
      return { name, bytes, ...(serial ? { serial } : {}), how: values.get('how') ?? 'zeros', readBytes };
    });
  for (const { name, bytes, readBytes } of disks) {
    const owed = policy === 'full' || bytes <= WHOLE ? bytes : SAMPLES;
    if (readBytes < owed) throw new Error(`of the disk ${name} ${readBytes} of ${owed} bytes were read back`);
  }
  const there = [...disks];
  for (const disk of known) {
    const at = there.findIndex((one) =>
      disk.serial ? one.serial === disk.serial : one.bytes === disk.bytes,
    );
    if (at < 0) throw new Error(`the disk ${describe(disk)} that its inspection found was not there`);
    there.splice(at, 1);
  }
  return disks;
}

const describe = ({ name, bytes, serial }: KnownDisk) =>
  `${name} (${serial ? `serial number ${serial}, ` : ''}${bytes} bytes)`;
