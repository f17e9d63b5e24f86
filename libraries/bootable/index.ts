/** Looks into a disk image: can it boot over iSCSI, and what does it lack? */
import { type BootReport, judge } from './findings.ts';
import { type ByteSource, Malformed } from './source.ts';
import { lookInto } from './system.ts';

export type { BootReport, Finding } from './findings.ts';
export type { ByteSource } from './source.ts';

/** Nothing is mounted, started or written. Throws what `source` throws. */
export async function checkDisk(source: ByteSource): Promise<BootReport> {
  try {
    return judge(await lookInto(source));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const found = `it cannot be a disk: ${error.message}`;
    return {
      boots: 'no',
      system: undefined,
      findings: [{ what: 'partition table', state: 'missing', found, todo: 'Check the file.' }],
    };
  }
}
