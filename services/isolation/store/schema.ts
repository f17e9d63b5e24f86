/** The tables of the isolation service, as the code sees them. Each is created by a numbered migration. */
import type { WithChanges, WithEvents, WithHooks, WithIdentity, WithOperations } from '@bullion/service';

export type ProjectTable = {
  name: string;
  /** How many it may hold; null is as many as there are. */
  max_nodes: number | null;
  max_networks: number | null;
  created_at: string;
};

export type SwitchTable = {
  name: string;
  driver: string;
  /** The driver's connection settings, encrypted. */
  settings: string;
  /** What is done about a port that somebody else changed; see `drift.ts`. */
  drift: 'repair' | 'report';
  created_at: string;
};

export type PortTable = {
  switch: string;
  name: string;
  /** Counts the changes of what the port should carry. */
  version: number;
  /** The last version that was read back from the switch as carried out; below `version` there is work to do. */
  verified_version: number;
  /** 1 when what was read then may no longer hold: this process has not read it, the switch was lost, it drifted. */
  doubted: 0 | 1;
  /** 1 from when somebody else was found to have changed the port, until it was read to be as wanted again. */
  drifted: 0 | 1;
  /** What the switch was last read to carry (a `PortState` as JSON); null before the first reading. */
  observed: string | null;
  /** Why the last attempt failed, as an error body; null when it did not. */
  error: string | null;
};

export type NodeState = 'free' | 'allocated' | 'releasing';

export type NodeTable = {
  name: string;
  project: string | null;
  state: NodeState;
  /** Names the time that a project holds the node: console logs are kept by it. Null while free. */
  allocation: string | null;
  /** The project that gives it to itself and leases it to others; null is the data centre. */
  owner: string | null;
  /** Why it is given to nobody; null where it may be. */
  maintenance: string | null;
  /** 1 while it is released and a wipe hook has asked to work on it: the operator's services may, and nobody else. */
  wiping: 0 | 1;
  firmware: 'bios' | 'uefi';
  bmc_driver: string;
  /** The BMC driver's connection settings, encrypted. */
  bmc_settings: string;
  created_at: string;
};

/** What the operator notes at a node; `value` is JSON. */
export type NodeMetadataTable = { node: string; label: string; value: string };

export type NicTable = {
  node: string;
  name: string;
  mac: string;
  switch: string | null;
  port: string | null;
};

/** What a booted inspector may report once with a token, and what it last reported: `Facts`, as JSON. */
export type InspectionTable = {
  node: string;
  token_hash: string | null;
  token_expires_at: string | null;
  facts: string | null;
  inspected_at: string | null;
};

export type LeaseTable = {
  id: string;
  node: string;
  /** The node's owner, who gave it. */
  owner: string | null;
  /** The tenant. */
  project: string;
  /** Half open, in UTC: it may begin at the moment that another ends. */
  starts_at: string;
  ends_at: string;
  /** How long before its end the tenant is told, and how long a recall leaves it, in seconds. */
  notice_seconds: number;
  state: 'scheduled' | 'active' | 'ended';
  /** What it opened; null before. */
  allocation: string | null;
  recalled_at: string | null;
  ended_at: string | null;
  /** 1 when the tenant was told that it is ending. */
  warned: 0 | 1;
  /** When there is something to do for it; null where nothing is left. */
  due_at: string | null;
  /** Why what is due has not happened. */
  cause: string | null;
  created_at: string;
};

export type NetworkTable = {
  /** `PROJECT/NAME`, or `NAME` for the operator's: no project can tell by a name what another has. */
  name: string;
  /** Without its owner. */
  short: string;
  /** The owner; null is the operator. */
  project: string | null;
  vlan: number;
  /** A private VLAN: 1 when its ports must not reach one another. */
  isolated: 0 | 1;
  public: 0 | 1;
  created_at: string;
};

export type NetworkAccessTable = {
  network: string;
  project: string;
  /** 0 where no project of that name is meant that there is now: it is a name on the list, and gives nothing. */
  given: 0 | 1;
};

/** What is wanted. Whether the switch was read to carry it follows from the port. */
export type AttachmentState = 'attached' | 'detaching';

export type AttachmentTable = {
  node: string;
  nic: string;
  network: string;
  mode: 'native' | 'tagged';
  state: AttachmentState;
  /** The port's version that carries this change out. */
  port_version: number;
};

/** The recorded console of a node while a project held it; what was printed is in files. Ends with its project. */
export type ConsoleLogTable = {
  allocation: string;
  node: string;
  project: string;
  started_at: string;
  /** Null while the project holds the node. */
  ended_at: string | null;
};

export type IsolationSchema = WithEvents &
  WithOperations &
  WithChanges &
  WithHooks &
  WithIdentity & {
    projects: ProjectTable;
    switches: SwitchTable;
    ports: PortTable;
    nodes: NodeTable;
    node_metadata: NodeMetadataTable;
    nics: NicTable;
    inspections: InspectionTable;
    leases: LeaseTable;
    networks: NetworkTable;
    network_access: NetworkAccessTable;
    attachments: AttachmentTable;
    console_logs: ConsoleLogTable;
  };
