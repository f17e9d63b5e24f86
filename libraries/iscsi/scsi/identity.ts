/** Names that a disk keeps for life: initiators find their root file system, and their other paths, by them. */
import { createHash } from 'node:crypto';

export const VENDOR = 'BULLION';
export const PRODUCT = 'VOLUME';
export const REVISION = '0001';

export type Identity = {
  /** For the Unit Serial Number page. */
  serial: string;
  /**
   * NAA type 3, locally assigned (SPC-4 7.8.6.6.3): 60 bits of our own choosing. A type 6 name would need an IEEE
   * company number, which this project does not have.
   */
  naa: Uint8Array;
};

export function identityOf(diskId: string): Identity {
  const hash = createHash('sha256').update(diskId, 'utf8').digest();
  const naa = Uint8Array.from(hash.subarray(0, 8));
  naa[0] = 0x30 | (naa[0]! & 0x0f);
  return { serial: hash.toString('hex', 0, 16), naa };
}
