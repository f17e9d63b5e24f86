/** What `bullion serve` was asked to do. */
import type { Policy } from '@bullion/provisioning';
import type { Listen } from './listen.ts';

export type ServiceName = 'isolation' | 'provisioning' | 'market';

/** This machine's leg on the network that nodes boot over. */
export type BootLeg = {
  network: string;
  interface: string;
  address: string;
  prefix: number;
  /** How many nodes may come up at the same time; by what was measured where it is left out. */
  bootsAtOnce?: number | undefined;
  /** Who gives nodes their addresses: this service, or a DHCP server that is there already. */
  dhcp: 'own' | 'proxy';
  /** IPv6 addresses too. */
  dhcp6: boolean;
  /** Serves although another DHCP server answers nodes too. */
  allowOtherDhcp: boolean;
};

export type ServeOptions = {
  services: ReadonlySet<ServiceName>;
  listen: Listen;
  boot: BootLeg | undefined;
  /** A virtual rack on whose operator's machine to run. */
  rack: string | undefined;
  /** This is the process that `serve --rack` has started there. */
  insideRack: boolean;
  /** Of an isolation service that is not served here. */
  isolationUrl: string | undefined;
  /** Where images may be fetched from; every public address by default. */
  importFrom: string[] | undefined;
  /** What becomes of the disks of released nodes, where nothing is noted at the node. */
  wipe: Policy;
  /** Where images and volumes are kept, as `parseStorage` of the provisioning service reads it. */
  storage: string | undefined;
  /** A PostgreSQL URL, where the isolation service and the market are not to keep a file each. */
  database: string | undefined;
  /** How long a slot of a new market is, and how often bids are cleared; in milliseconds. */
  market: { slotMs: number | undefined; batchMs: number };
  /** A file, or `-` for standard error. */
  log: string | undefined;
};
