/**
 * Persistent reservations (SPC-4 5.13): who is registered with which key, and who holds the unit how. Kept by
 * initiator port, so that they outlive a session. The state is a plain value (`state`, `restore`), so that its owner
 * can store it.
 */
import { Asc } from './sense.ts';

export const ReservationType = {
  WriteExclusive: 1,
  ExclusiveAccess: 3,
  WriteExclusiveRegistrantsOnly: 5,
  ExclusiveAccessRegistrantsOnly: 6,
  WriteExclusiveAllRegistrants: 7,
  ExclusiveAccessAllRegistrants: 8,
} as const;

const TYPES = new Set<number>(Object.values(ReservationType));
export const isReservationType = (type: number): boolean => TYPES.has(type);

const allRegistrants = (type: number): boolean => type === 7 || type === 8;
const registrantsOnly = (type: number): boolean => type === 5 || type === 6;
const exclusiveAccess = (type: number): boolean => type === 3 || type === 6 || type === 8;

export type Reservation = { type: number; holder: string };

export type ReservationState = {
  generation: number;
  /** Keys are 64-bit, in hexadecimal. */
  registrations: { port: string; key: string }[];
  reservation: Reservation | undefined;
};

export type Outcome = 'done' | 'conflict' | 'invalid-release' | 'invalid-field' | 'no-resources';

const MAX_REGISTRATIONS = 256;
const NO_KEY = 0n;

export class PersistentReservations {
  /** Rises with every change of the registrations (SPC-4 5.13.2). */
  #generation = 0;
  readonly #keys = new Map<string, bigint>();
  #reservation: Reservation | undefined;
  readonly #attend: (port: string, asc: number) => void;

  constructor(attend: (port: string, asc: number) => void) {
    this.#attend = attend;
  }

  get generation(): number {
    return this.#generation;
  }

  get registrations(): ReadonlyMap<string, bigint> {
    return this.#keys;
  }

  get reservation(): Readonly<Reservation> | undefined {
    return this.#reservation;
  }

  isHolder(port: string): boolean {
    const r = this.#reservation;
    return r !== undefined && (allRegistrants(r.type) ? this.#keys.has(port) : r.holder === port);
  }

  /** SPC-4 table 66 in three classes of command. */
  conflicts(port: string, access: 'none' | 'read' | 'write'): boolean {
    const r = this.#reservation;
    if (r === undefined || access === 'none' || this.isHolder(port)) return false;
    if ((registrantsOnly(r.type) || allRegistrants(r.type)) && this.#keys.has(port)) return false;
    return access === 'write' || exclusiveAccess(r.type);
  }

  /** REGISTER, and with `ignoreKey` REGISTER AND IGNORE EXISTING KEY (5.13.7). */
  register(port: string, key: bigint, newKey: bigint, ignoreKey: boolean): Outcome {
    const present = this.#keys.get(port);
    if (!ignoreKey && key !== (present ?? NO_KEY)) return 'conflict';
    if (newKey !== NO_KEY) {
      if (present === undefined && this.#keys.size >= MAX_REGISTRATIONS) return 'no-resources';
      this.#keys.set(port, newKey);
    } else if (present !== undefined) this.#unregister(port);
    else if (!ignoreKey) return 'done';
    this.#generation += 1;
    return 'done';
  }

  /** 5.13.11.2: a holder that leaves takes its reservation along, unless another registrant shares it. */
  #unregister(port: string): void {
    const held = this.isHolder(port);
    this.#keys.delete(port);
    const r = this.#reservation;
    if (!held || r === undefined) return;
    if (allRegistrants(r.type) && this.#keys.size > 0) return;
    this.#reservation = undefined;
    if (registrantsOnly(r.type)) this.#tell(Asc.ReservationsReleased, port);
  }

  /** 5.13.9. */
  reserve(port: string, key: bigint, type: number): Outcome {
    if (this.#keys.get(port) !== key) return 'conflict';
    const r = this.#reservation;
    if (r !== undefined) return this.isHolder(port) && r.type === type ? 'done' : 'conflict';
    this.#reservation = { type, holder: port };
    return 'done';
  }

  /** 5.13.11.2.1. */
  release(port: string, key: bigint, type: number): Outcome {
    if (this.#keys.get(port) !== key) return 'conflict';
    const r = this.#reservation;
    if (r === undefined || !this.isHolder(port)) return 'done';
    if (r.type !== type) return 'invalid-release';
    this.#reservation = undefined;
    if (registrantsOnly(type) || allRegistrants(type)) this.#tell(Asc.ReservationsReleased, port);
    return 'done';
  }

  /** 5.13.11.2.5. */
  clear(port: string, key: bigint): Outcome {
    if (this.#keys.get(port) !== key) return 'conflict';
    this.#tell(Asc.ReservationsPreempted, port);
    this.#keys.clear();
    this.#reservation = undefined;
    this.#generation += 1;
    return 'done';
  }

  /** 5.13.11.2.4: the ports that lost their registration, whose tasks PREEMPT AND ABORT ends. */
  preempt(port: string, key: bigint, victim: bigint, type: number): { outcome: Outcome; removed: string[] } {
    const failed = (outcome: Outcome) => ({ outcome, removed: [] });
    if (this.#keys.get(port) !== key) return failed('conflict');
    const r = this.#reservation;
    const shared = r !== undefined && allRegistrants(r.type);
    if (victim === NO_KEY && !shared) return failed('invalid-field');
    const takesOver = r !== undefined && (shared ? victim === NO_KEY : this.#keys.get(r.holder) === victim);
    const removed: string[] = [];
    for (const [other, itsKey] of this.#keys) {
      const hit = takesOver && shared ? other !== port : itsKey === victim;
      if (hit && other !== port) removed.push(other);
    }
    if (!takesOver && removed.length === 0 && this.#keys.get(port) !== victim) return failed('conflict');
    for (const other of removed) {
      this.#keys.delete(other);
      this.#attend(other, Asc.RegistrationsPreempted);
    }
    if (takesOver) {
      const changed = r.type !== type;
      this.#reservation = { type, holder: port };
      if (changed) this.#tell(Asc.ReservationsReleased, port);
    }
    this.#generation += 1;
    return { outcome: 'done', removed };
  }

  #tell(asc: number, except: string): void {
    for (const port of this.#keys.keys()) if (port !== except) this.#attend(port, asc);
  }

  state(): ReservationState {
    return {
      generation: this.#generation,
      registrations: [...this.#keys].map(([port, key]) => ({ port, key: key.toString(16) })),
      reservation: this.#reservation && { ...this.#reservation },
    };
  }

  restore(state: ReservationState): void {
    this.#generation = state.generation;
    this.#keys.clear();
    for (const { port, key } of state.registrations) this.#keys.set(port, BigInt(`0x${key}`));
    this.#reservation = state.reservation && { ...state.reservation };
  }
}

/** Whether what was read from a file is a state. */
export function isReservationState(value: unknown): value is ReservationState {
  const { generation, registrations, reservation } = (value ?? {}) as Record<string, unknown>;
  if (!Number.isInteger(generation) || !Array.isArray(registrations)) return false;
  const areSound = registrations.every(
    ({ port, key }) => typeof port === 'string' && typeof key === 'string' && /^[0-9a-f]{1,16}$/.test(key),
  );
  if (reservation === undefined) return areSound;
  const { type, holder } = (reservation ?? {}) as Record<string, unknown>;
  return areSound && typeof type === 'number' && isReservationType(type) && typeof holder === 'string';
}
