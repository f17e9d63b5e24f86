/**
 * Command numbering (RFC 7143 4.2.2.1): commands are taken in the order of their CmdSN and only from the window that
 * the target states. The window bounds how much work and memory a session can ask for: it opens as commands complete.
 */
import { add, distance, next } from '../pdu/serial.ts';

/** Initiators' usual queue depth at most (open-iscsi: cmds_max = 128). */
const MAX_WINDOW = 128;
/** A new session has to show that its commands end before it may have so many. */
export const FIRST_WINDOW = 32;

export class CommandWindow {
  /** The next CmdSN to be taken. */
  expCmdSn: number;
  /** The last CmdSN that the initiator may use; never goes back. */
  maxCmdSn: number;
  #active = 0;
  #completed = 0;
  /** Commands that came too early, by CmdSN. */
  readonly #early = new Map<number, () => void>();

  constructor(initialCmdSn: number) {
    this.expCmdSn = initialCmdSn;
    this.maxCmdSn = add(initialCmdSn, FIRST_WINDOW - 1);
  }

  /**
   * Whether the command is the next one ("now": it counts as taken), a later one ("early": to be kept with `hold`),
   * or outside of the window or a repetition, which is silently ignored.
   */
  admit(cmdSn: number): 'now' | 'early' | 'ignored' {
    if (cmdSn === this.expCmdSn && distance(this.maxCmdSn, cmdSn) >= 0) {
      this.expCmdSn = next(cmdSn);
      return 'now';
    }
    if (distance(cmdSn, this.expCmdSn) < 0 || distance(cmdSn, this.maxCmdSn) > 0) return 'ignored';
    return this.#early.has(cmdSn) ? 'ignored' : 'early';
  }

  /** Keeps an early command; `start` is called when its turn comes. */
  hold(cmdSn: number, start: () => void): void {
    this.#early.set(cmdSn, start);
  }

  /** Starts the commands whose turn has come. */
  release(): void {
    while (this.#early.size > 0) {
      const start = this.#early.get(this.expCmdSn);
      if (start === undefined) return;
      this.#early.delete(this.expCmdSn);
      this.expCmdSn = next(this.expCmdSn);
      start();
    }
  }

  /** A CmdSN that will never come counts as received (4.2.2.1, ABORT TASK). True when it was one. */
  skip(cmdSn: number): boolean {
    if (this.admit(cmdSn) === 'ignored') return false;
    if (distance(cmdSn, this.expCmdSn) >= 0) this.#early.set(cmdSn, () => undefined);
    this.release();
    return true;
  }

  taskStarted(): void {
    this.#active += 1;
  }

  taskEnded(): void {
    this.#active -= 1;
    if (this.#completed < MAX_WINDOW) this.#completed += 1;
    const size = Math.min(MAX_WINDOW, FIRST_WINDOW + this.#completed) - this.#active;
    const max = add(this.expCmdSn, size - 1);
    if (distance(max, this.maxCmdSn) > 0) this.maxCmdSn = max;
  }

  /** Drops what is kept. */
  clear(): void {
    this.#early.clear();
  }
}
