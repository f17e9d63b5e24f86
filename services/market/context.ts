/** What every part of the service works with. Made once, in index.ts. */
import type { Services } from '@bullion/sdk';
import type { Changes, Events, Logger, Operations } from '@bullion/service';
import type { Kysely } from 'kysely';
import type { Attendance } from './delivery/attendance.ts';
import type { Desk } from './desk.ts';
import type { MarketSchema } from './store/schema.ts';

export type Context = {
  readonly db: Kysely<MarketSchema>;
  readonly changes: Changes<MarketSchema>;
  readonly events: Events;
  readonly operations: Operations;
  readonly log: Logger;
  readonly desk: Desk;
  /** As the market itself, with the role `service`: it leases nodes for their owners. */
  readonly isolation: Services;
  readonly isolationAs: (token: string) => Services;
  /** When a project was made, as the isolation service knows it; undefined where there is none. */
  readonly projectMade: (name: string) => Promise<string | undefined>;
  readonly attendance: Attendance;
  /** Leases may have begun or ended: see to the nodes. */
  readonly deliver: () => void;
};
