/**
 * The way of a target's commands to its disk. Two things can hold them back here: the target has had its share of this
 * turn of the event loop (so that however many sessions and commands one node sends, the others' sockets are looked at
 * in between), or a limit of commands or bytes a second that somebody set. Those that wait go on in turns: one of each
 * session.
 *
 * What waits is bounded by the sessions' command windows.
 */
import { IscsiError } from '../errors.ts';
import { TokenBucket } from './token-bucket.ts';

/** Undefined: no limit. */
export type Limits = {
  /** Commands a second that move data or flush. */
  iops?: number | undefined;
  /** Read and written together. */
  bytesPerSecond?: number | undefined;
};

/** Some 0.3 ms of work when all of it is done at once. */
const TURN_COMMANDS = 64;
const TURN_BYTES = 1 << 20;

export type Waiting = {
  bytes: number;
  start(): void;
  /** It was aborted meanwhile. */
  isOver(): boolean;
};

export class Gate {
  #commandsLeft = TURN_COMMANDS;
  #bytesLeft = TURN_BYTES;
  #turnUsed = false;
  #iops: TokenBucket | undefined;
  #bandwidth: TokenBucket | undefined;
  #limits: Limits = {};
  /** By session; a Map keeps the order in which they take turns. */
  readonly #queues = new Map<object, Waiting[]>();
  #timer: NodeJS.Timeout | undefined;
  #turnPlanned = false;

  get limits(): Readonly<Limits> {
    return this.#limits;
  }

  /** Holds from the next command on, those that wait included. Throws on what is no positive number. */
  limit(limits: Limits): void {
    for (const [name, value] of Object.entries(limits)) {
      if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
      throw new IscsiError('limit_invalid', `The limit ${name} is ${value}.`, {
        hint: 'A limit is a number above zero; leave it out for none.',
      });
    }
    const now = performance.now();
    const { iops, bytesPerSecond } = limits;
    this.#limits = { ...limits };
    this.#iops = iops === undefined ? undefined : new TokenBucket(iops, now);
    this.#bandwidth = bytesPerSecond === undefined ? undefined : new TokenBucket(bytesPerSecond, now);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drain();
  }

  /** True: the command may start, and has been counted. False: `wait` with it. */
  admits(bytes: number): boolean {
    return this.#queues.size === 0 && this.#delay() === 0 && this.#count(bytes);
  }

  wait(session: object, waiting: Waiting): void {
    const queue = this.#queues.get(session);
    if (queue === undefined) this.#queues.set(session, [waiting]);
    else queue.push(waiting);
    this.#plan(this.#delay());
  }

  /** What a session left behind is forgotten. */
  forget(session: object): void {
    this.#queues.delete(session);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#queues.clear();
  }

  #count(bytes: number): true {
    this.#iops?.take(1);
    this.#bandwidth?.take(bytes);
    this.#commandsLeft -= 1;
    this.#bytesLeft -= bytes;
    if (!this.#turnUsed) {
      this.#turnUsed = true;
      this.#planTurn();
    }
    return true;
  }

  /** Milliseconds until the next command may start; -1: in the next turn. */
  #delay(): number {
    if (this.#commandsLeft <= 0 || this.#bytesLeft <= 0) return -1;
    if (this.#iops === undefined && this.#bandwidth === undefined) return 0;
    const now = performance.now();
    return Math.max(this.#iops?.delay(now) ?? 0, this.#bandwidth?.delay(now) ?? 0);
  }

  #plan(delay: number): void {
    if (delay <= 0) this.#planTurn();
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#drain();
      }, delay);
  }

  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      this.#turnUsed = false;
      this.#commandsLeft = TURN_COMMANDS;
      this.#bytesLeft = TURN_BYTES;
      if (this.#queues.size > 0) this.#drain();
    });
  }

  #drain(): void {
    while (this.#queues.size > 0) {
      const delay = this.#delay();
      if (delay !== 0) {
        this.#plan(delay);
        return;
      }
      const [session, queue] = this.#queues.entries().next().value!;
      // It goes to the end of the line, unless it has nothing more.
      this.#queues.delete(session);
      const waiting = queue.shift()!;
      if (queue.length > 0) this.#queues.set(session, queue);
      if (waiting.isOver()) continue;
      this.#count(waiting.bytes);
      waiting.start();
    }
  }
}
