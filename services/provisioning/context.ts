/** What every part of the service works with. Made once, in index.ts. */
import type { Services } from '@bullion/sdk';
import type { Events, Logger, Operations, SecretBox } from '@bullion/service';
import type { VolumeStore } from '@bullion/volumes';
import type { Kysely, Transaction } from 'kysely';
import type { ProvisioningSchema } from './store/schema.ts';

export type Database = Kysely<ProvisioningSchema>;
export type Trx = Transaction<ProvisioningSchema>;

/** The network that nodes boot over, and this service's own leg on it. */
export type BootNetwork = {
  /** Its name in the isolation service. */
  name: string;
  /** The interface of this machine that is on it. */
  interface: string;
  /** This machine's address there. */
  address: string;
  prefix: number;
  /** For boot scripts, kernels and reports. */
  httpPort: number;
  iscsiPort: number;
};

export type Context = {
  readonly db: Database;
  readonly events: Events;
  readonly operations: Operations;
  readonly secrets: SecretBox;
  readonly log: Logger;
  readonly store: VolumeStore;
  /** Kernels and initramfs of images, a folder each. */
  readonly imagesFolder: string;
  readonly network: BootNetwork;
  /** The isolation service, with the credentials that its operator gave this service. */
  readonly isolation: Services;
  /** The isolation service as the bearer of `token` sees it. */
  isolationAs(token: string): Services;
  /** How long a node may take from power-on to its report, in milliseconds. */
  readonly bootTimeoutMs: number;
};

export const now = () => new Date().toISOString();
