/** Loads for a session: what is asked for, how much of it at a time, and how it is counted. */
import type { LoadSession, Operation } from './load-session.ts';

export type Load = {
  name: string;
  /** Operations under way at a time. */
  depth: number;
  /** What one of the `depth` workers does, again and again; counted as one. */
  steps: (random: () => number, turn: number, sizeBytes: number) => readonly Operation[];
};

const SMALL = 4096;
const LARGE = 256 << 10;
const FLUSH: Operation = { kind: 'flush' };

const anywhere = (kind: 'read' | 'write') => (random: () => number, _turn: number, sizeBytes: number) =>
  [{ kind, offset: Math.floor(random() * (sizeBytes / SMALL)) * SMALL, length: SMALL }] as const;

const onward = (kind: 'read' | 'write') => (_random: () => number, turn: number, sizeBytes: number) =>
  [{ kind, offset: (turn % Math.floor(sizeBytes / LARGE)) * LARGE, length: LARGE }] as const;

const committing = (name: string, depth: number): Load => ({
  name,
  depth,
  steps: (random, turn, size) => [...anywhere('write')(random, turn, size), FLUSH],
});

export const LOADS = {
  rand_read_qd32: { name: 'rand_read_qd32', depth: 32, steps: anywhere('read') },
  rand_read_qd1: { name: 'rand_read_qd1', depth: 1, steps: anywhere('read') },
  seq_read: { name: 'seq_read', depth: 8, steps: onward('read') },
  seq_write: { name: 'seq_write', depth: 8, steps: onward('write') },
  rand_write_qd32: { name: 'rand_write_qd32', depth: 32, steps: anywhere('write') },
  /** Writers each of which waits for its own flush before it goes on: a database with so many clients. */
  rand_write_flush: committing('rand_write_flush', 32),
  rand_write_flush_qd8: committing('rand_write_flush_qd8', 8),
  rand_write_flush_qd1: committing('rand_write_flush_qd1', 1),
} satisfies Record<string, Load>;

export type LoadName = keyof typeof LOADS;

/** Mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Completed rounds a second, over `ms`. */
export function runLoad(session: LoadSession, load: Load, sizeBytes: number, ms: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const random = randomFrom(load.depth);
    const begun = performance.now();
    const end = begun + ms;
    let turn = 0;
    let rounds = 0;
    let working = load.depth;
    session.onFailure = reject;
    const worker = (): void => {
      const now = performance.now();
      if (now >= end) {
        working -= 1;
        if (working === 0) resolve((rounds / (now - begun)) * 1000);
        return;
      }
      step(load.steps(random, turn++, sizeBytes), 0);
    };
    const step = (steps: readonly Operation[], at: number): void => {
      session.submit(steps[at]!, () => {
        if (at + 1 < steps.length) step(steps, at + 1);
        else {
          rounds += 1;
          worker();
        }
      });
    };
    for (let i = 0; i < load.depth; i += 1) worker();
    session.kick();
  });
}
