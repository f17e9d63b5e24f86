/** What every part of the service works with. Made once, in index.ts. */
import type { Events, Logger, Operations, SecretBox } from '@bullion/service';
import type { Kysely, Transaction } from 'kysely';
import type { BmcDriver } from './drivers/bmc/driver.ts';
import type { SwitchDriver } from './drivers/switch/driver.ts';
import type { IsolationSchema } from './store/schema.ts';

export type Database = Kysely<IsolationSchema>;
export type Trx = Transaction<IsolationSchema>;

export type Context = {
  readonly db: Database;
  readonly events: Events;
  readonly operations: Operations;
  readonly secrets: SecretBox;
  readonly log: Logger;
  readonly switchDrivers: ReadonlyMap<string, SwitchDriver>;
  readonly bmcDrivers: ReadonlyMap<string, BmcDriver>;
  /** VLANs that tenants' networks are taken from, both ends included. */
  readonly vlanPool: { first: number; last: number };
};

export const now = () => new Date().toISOString();
