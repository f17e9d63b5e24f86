/** Keeps persistent reservations over a restart of the server, in whatever place the target's owner has for them. */
import type { PersistentReservations, ReservationState } from './persistent-reservations.ts';

export type ReservationStore = {
  /** As last saved; undefined where nothing was. Read once, when the target is added. */
  readonly state: ReservationState | undefined;
  /** Resolves when the state is on stable storage. Calls do not overlap. */
  save(state: ReservationState): Promise<void>;
};

export class ReservationKeeper {
  readonly #reservations: PersistentReservations;
  readonly #store: ReservationStore;
  #kept: string;
  #saving: Promise<void> = Promise.resolve();

  constructor(reservations: PersistentReservations, store: ReservationStore) {
    this.#reservations = reservations;
    this.#store = store;
    if (store.state !== undefined) reservations.restore(store.state);
    this.#kept = JSON.stringify(reservations.state());
  }

  /** Resolves when the state as it is now is stored; rejects when that failed. */
  keep(): Promise<void> {
    const saving = this.#saving.then(() => this.#save());
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  async #save(): Promise<void> {
    const state = this.#reservations.state();
    const text = JSON.stringify(state);
    if (text === this.#kept) return;
    await this.#store.save(state);
    this.#kept = text;
  }
}
