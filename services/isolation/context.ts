/** What every part of the service works with. Made once, in index.ts. */
import {
  type Change as AnyChange,
  type Changes,
  type Events,
  type Logger,
  type Operations,
  rowsOf,
  type SecretBox,
  type SharedReads,
} from '@bullion/service';
import type { Kysely, Transaction } from 'kysely';
import type { BmcDriver } from './drivers/bmc/driver.ts';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import type { IsolationSchema } from './store/schema.ts';

export { insertNew } from '@bullion/service';
export const { findRow, findRows, updateRows, deleteRows } = rowsOf<IsolationSchema>();

export type Database = Kysely<IsolationSchema>;
export type Trx = Transaction<IsolationSchema>;
export type Change = AnyChange<IsolationSchema>;

export type Context = {
  readonly db: Database;
  readonly changes: Changes<IsolationSchema>;
  readonly events: Events;
  readonly operations: Operations;
  readonly secrets: SecretBox;
  readonly log: Logger;
  readonly switchDrivers: ReadonlyMap<string, SwitchDriver>;
  readonly bmcDrivers: ReadonlyMap<string, BmcDriver>;
  /** VLANs that tenants' networks are taken from, both ends included. */
  readonly vlanPool: { first: number; last: number };
  readonly limits: Limits;
  /** What BMCs were asked a moment ago, by `NODE/power`, `NODE/sensors`, `NODE/powerDraw`. */
  readonly readings: SharedReads<unknown>;
  /** The time that leases go by, in milliseconds since 1970. */
  readonly clock: () => number;
};

/** How long things may take, in milliseconds. */
export type Limits = {
  /** One call to a BMC, whatever its driver does. */
  bmcCallMs: number;
  /** Until a BMC has carried out what it accepted. */
  powerVerifyMs: number;
  /** Until the ports of a node that was just registered, or of a service that just started, are found closed. */
  portsClosedMs: number;
  /** A BMC is not asked again for what it said this long ago. */
  readingMs: number;
};

export const DEFAULT_LIMITS: Limits = {
  ...{ bmcCallMs: 30_000, powerVerifyMs: 20_000 },
  ...{ portsClosedMs: 5000, readingMs: 5000 },
};

export const now = () => new Date().toISOString();
