/**
 * Bytes that may be read synchronously in one turn of the event loop: some 0.3 ms of work. Without it a caller whose
 * reads all end at once would never let the sockets of others have a turn.
 */
const BYTES_PER_TURN = 1024 * 1024;

export class TurnBudget {
  #left = BYTES_PER_TURN;
  #renewing = false;

  take(bytes: number): boolean {
    if (this.#left < bytes) return false;
    this.#left -= bytes;
    if (!this.#renewing) {
      this.#renewing = true;
      setImmediate(() => {
        this.#renewing = false;
        this.#left = BYTES_PER_TURN;
      });
    }
    return true;
  }
}
