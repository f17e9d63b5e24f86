/** Persistent reservations in a file of their own, beside the disk's. It appears with the first registration. */
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IscsiError } from '../errors.ts';
import { codeOf, messageOf } from '../message.ts';
import type { ReservationState } from '../scsi/persistent-reservations.ts';
import { isReservationState } from '../scsi/persistent-reservations.ts';
import type { ReservationStore } from '../scsi/reservation-store.ts';

export class FileReservations implements ReservationStore {
  readonly path: string;
  readonly state: ReservationState | undefined;

  private constructor(path: string, state: ReservationState | undefined) {
    this.path = path;
    this.state = state;
  }

  /** Throws where the file is there and cannot be read: to go on would let in whom a reservation shuts out. */
  static async open(path: string): Promise<FileReservations> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new FileReservations(path, undefined);
      throw unreadable(path, error);
    }
    try {
      const state: unknown = JSON.parse(text);
      if (!isReservationState(state)) throw new Error('It holds something else.');
      return new FileReservations(path, state);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  async save(state: ReservationState): Promise<void> {
    const fresh = `${this.path}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(state)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.path);
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

const unreadable = (path: string, error: unknown): IscsiError =>
  new IscsiError('reservations_unreadable', `Cannot read the reservations in ${path}: ${messageOf(error)}`, {
    cause: error,
    hint: 'If no initiator relies on them any more, remove the file.',
  });
