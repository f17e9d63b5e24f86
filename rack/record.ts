/** What is written down of a rack, so that any later process can find it, or what is left of it. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BullionError, notFound } from '@bullion/service/errors';
import { racksDirectory, socketDirectory, socketRoot, stateDirectory } from './home.ts';
import { isAlive, type Life } from './life.ts';
import type { RackSpec } from './spec.ts';

export type Accelerator = 'kvm' | 'tcg';

/**
 * The user's name is random as well: ipmi_sim accepts cipher suite 0, which asks for no password, from anyone
 * who knows the name of a user, and cannot be told not to.
 */
export type BmcAccount = {
  address: string;
  port: number;
  user: string;
  password: string;
  /** The certificate of a BMC that speaks TLS, by its SHA-256 fingerprint; no authority vouches for it. */
  tls?: { fingerprint: string };
};

export type RackRecord = {
  name: string;
  /** This time up; another `up` of the same rack gets another. */
  id: string;
  spec: RackSpec;
  accelerator: Accelerator;
  /** Whether the rack has a user namespace of its own, because root did not start it. */
  userNamespace: boolean;
  stateDirectory: string;
  socketDirectory: string;
  /** By node name. */
  bmcs: Record<string, BmcAccount>;
  /** The `up` that makes the rack. */
  maker: Life;
  /** Whether that `up` has come to its end. */
  ready: boolean;
  /** `unshare`, which waits for the supervisor and ends when everything in the namespace has. */
  keeper?: Life;
  /** The supervisor, numbered as the host sees it; inside it is process 1. */
  supervisor?: Life;
};

/** The one certificate of this time up for all BMCs that speak TLS, with its key, as JSON. */
export const certificateFile = ({ stateDirectory }: RackRecord): string =>
  join(stateDirectory, 'bmc-certificate.json');

const recordFile = (directory: string): string => join(directory, 'rack.json');

export function readRecord(name: string): RackRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(stateDirectory(name)), 'utf8')) as RackRecord;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Replaces the record in one step; a reader sees the old one or the new one. */
export function writeRecord(record: RackRecord, directory = record.stateDirectory): void {
  const draft = `${recordFile(directory)}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, recordFile(directory));
}

/**
 * Takes the rack's name for this `up`. The directory appears by one rename with its record inside, so of two
 * that try at once one gets `rack_already_up`, and a directory without a record never stands for a live rack.
 */
export function claim(record: RackRecord): void {
  mkdirSync(racksDirectory(), { recursive: true, mode: 0o700 });
  const draft = join(racksDirectory(), `.${record.name}.${record.id}`);
  mkdirSync(draft, { mode: 0o700 });
  writeRecord(record, draft);
  try {
    renameSync(draft, record.stateDirectory);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    throw alreadyUp(record.name, cause);
  }
}

export const alreadyUp = (name: string, cause?: unknown) =>
  new BullionError('conflict', 'rack_already_up', `The rack "${name}" is up already.`, {
    hint: `Take it down first with \`bullion rack down ${name}\`, or use it as it is.`,
    cause,
  });

export type RackState = 'starting' | 'up' | 'crashed';

export function stateOf(record: RackRecord): RackState {
  if (isAlive(record.supervisor)) return record.ready ? 'up' : 'starting';
  return record.supervisor === undefined && isAlive(record.maker) ? 'starting' : 'crashed';
}

/** The record of a rack that is up; throws `rack_not_found` or `rack_crashed`. */
export function liveRecord(name: string): RackRecord {
  const record = readRecord(name);
  if (!record) throw notFound('rack', name, 'Bring one up with `bullion rack up`.');
  if (stateOf(record) === 'up') return record;
  throw new BullionError('unavailable', 'rack_crashed', `The rack "${name}" is not running.`, {
    hint: `Clear it away with \`bullion rack down ${name}\` and bring it up again; ${record.stateDirectory} has its logs until then.`,
  });
}

/** The names of all racks that have left anything behind. */
export function recordedNames(): string[] {
  try {
    return readdirSync(racksDirectory()).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** Removes every file of a rack, and the directories above where they held nothing else. */
export function removeFiles(name: string): void {
  rmSync(stateDirectory(name), { recursive: true, force: true });
  rmSync(socketDirectory(name), { recursive: true, force: true });
  for (const draft of drafts(name)) rmSync(draft, { recursive: true, force: true });
  for (const parent of [racksDirectory(), socketRoot()]) {
    try {
      rmdirSync(parent);
    } catch {
      // Other racks are still in it, or it was never made.
    }
  }
}

/** What an `up` that was killed within `claim` left. */
function drafts(name: string): string[] {
  try {
    const prefix = `.${name}.`;
    return readdirSync(racksDirectory())
      .filter((entry) => entry.startsWith(prefix))
      .map((entry) => join(racksDirectory(), entry));
  } catch {
    return [];
  }
}
