/** What every part of the service works with. Made once, in index.ts. */
import type { Services } from '@bullion/sdk';
import type {
  Change as AnyChange,
  Changes,
  Credentials,
  Events,
  Logger,
  Operations,
  SecretBox,
} from '@bullion/service';
import type { Kysely, Transaction } from 'kysely';
import type { FetchGuard } from './import/guard.ts';
import type { Layers } from './layers.ts';
import type { Slots } from './scripts/slots.ts';
import type { Storage } from './storage/storage.ts';
import type { ProvisioningSchema } from './store/schema.ts';
import type { Policy } from './wipes/wipe.ts';

export type Database = Kysely<ProvisioningSchema>;
export type Trx = Transaction<ProvisioningSchema>;
export type Change = AnyChange<ProvisioningSchema>;

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
  /** Who gives nodes their addresses: this service (`own`, the default), or another DHCP server, to which it adds (`proxy`). */
  dhcp?: 'own' | 'proxy' | undefined;
  /** Gives IPv6 addresses as well, where the addresses are ours: for firmware that boots by HTTP over IPv6. */
  dhcp6?: boolean | undefined;
  /** Serves even where another DHCP server would take nodes away from it (dhcp/others). */
  allowOtherDhcp?: boolean | undefined;
  /** How many nodes may come up at the same time; by what was measured where it is left out (fleet/capacity.ts). */
  bootsAtOnce?: number | undefined;
};

export type Context = {
  readonly db: Database;
  readonly changes: Changes<ProvisioningSchema>;
  readonly events: Events;
  readonly operations: Operations;
  readonly secrets: SecretBox;
  readonly log: Logger;
  /** Its volumes are changed through `layers`. */
  readonly storage: Storage;
  readonly layers: Layers;
  /** Kernels and initramfs of images, a folder each. */
  readonly imagesFolder: string;
  /** Uploads that are under way, as `IMAGE-ID/PART`. */
  readonly uploads: Set<string>;
  readonly network: BootNetwork;
  /** Scripts on images: how many at a time, and what their guests are made of. */
  readonly scripts: { readonly slots: Slots; readonly qemu: string; readonly memoryMiB: number };
  /** What becomes of the disks of released nodes, where nothing is noted at the node; and the image that wipes them. */
  readonly wipes: { readonly policy: Policy; readonly image: string };
  /** Which hosts images may be fetched from. */
  readonly guard: FetchGuard;
  /** The isolation service, with the credentials that its operator gave this service. */
  readonly isolation: Services;
  /** The isolation service as the caller of a request sees it. */
  isolationAs(credentials: Credentials): Services;
  /** How long a node may take from power-on to its report, in milliseconds. */
  readonly bootTimeoutMs: number;
  /** How often a node that boots is looked at, in milliseconds. */
  readonly lookMs: number;
  /** How long a node may take to shut down when it is asked to, in milliseconds. */
  readonly softOffMs: number;
  /** How often all that runs is looked at, in milliseconds. */
  readonly sweepMs: number;
  /** Aborted when the service closes. */
  readonly closing: AbortSignal;
};

export const now = () => new Date().toISOString();
