/**
 * Persistent reservations of the targets that are open, a file each, so that they outlive the service. They end with the
 * target: a boot's initiator name is its own, and nobody could ever lift a reservation that it left behind.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileReservations, type ReservationStore } from '@bullion/iscsi';

export class Reservations {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of a target that is about to be opened. */
  async open(target: string): Promise<ReservationStore> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return await FileReservations.open(this.#path(target));
  }

  /** The target is gone for good. */
  async forget(target: string): Promise<void> {
    await rm(this.#path(target), { force: true });
  }

  #path(target: string): string {
    return join(this.#folder, `${createHash('sha256').update(target).digest('hex').slice(0, 32)}.json`);
  }
}
