/** RESERVE(6) and RELEASE(6) (SPC-2 7.21, 7.22): the whole unit for one nexus, until it goes. */
import type { Nexus } from './nexus.ts';

export class LegacyReservation {
  #holder: Nexus | undefined;

  get held(): boolean {
    return this.#holder !== undefined;
  }

  heldByOther(nexus: Nexus): boolean {
    return this.#holder !== undefined && this.#holder !== nexus;
  }

  /** False when another holds it. */
  reserve(nexus: Nexus): boolean {
    if (this.heldByOther(nexus)) return false;
    this.#holder = nexus;
    return true;
  }

  /** A release by one that does not hold it has no effect, and is no error. */
  release(nexus: Nexus): void {
    if (this.#holder === nexus) this.#holder = undefined;
  }

  clear(): void {
    this.#holder = undefined;
  }
}
