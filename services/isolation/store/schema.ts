/** The tables of the isolation service, as the code sees them. Each is created by a numbered migration. */
import type { Role, WithChanges, WithEvents, WithOperations } from '@bullion/service';

export type ProjectTable = {
  name: string;
  /** How many it may hold; null is as many as there are. */
  max_nodes: number | null;
  max_networks: number | null;
  created_at: string;
};

export type UserTable = {
  name: string;
  role: Role;
  /** Of scrypt; null for one who cannot log in. */
  password: string | null;
  disabled: 0 | 1;
  created_at: string;
};

export type MemberTable = { user: string; project: string };

export type TokenTable = {
  id: string;
  hash: string;
  role: Role;
  /** The project that a `member` token acts for; null for the other roles, and for all those of its user. */
  project: string | null;
  /** The user whose token it is: it may never do more than that user may now. */
  user: string | null;
  /** The token that this one is a copy of, and ends with. */
  parent: string | null;
  label: string;
  created_at: string;
  expires_at: string | null;
  /** By the hour: a write for each request would cost more than knowing is worth. */
  last_used_at: string | null;
};

export type SwitchTable = {
  name: string;
  driver: string;
  /** The driver's connection settings, encrypted. */
  settings: string;
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

export type NetworkTable = {
  name: string;
  /** The owner; null is the operator. */
  project: string | null;
  vlan: number;
  /** A private VLAN: 1 when its ports must not reach one another. */
  isolated: 0 | 1;
  public: 0 | 1;
  created_at: string;
};

export type NetworkAccessTable = { network: string; project: string };

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

export type IsolationSchema = WithEvents &
  WithOperations &
  WithChanges & {
    users: UserTable;
    members: MemberTable;
    projects: ProjectTable;
    tokens: TokenTable;
    switches: SwitchTable;
    ports: PortTable;
    nodes: NodeTable;
    node_metadata: NodeMetadataTable;
    nics: NicTable;
    networks: NetworkTable;
    network_access: NetworkAccessTable;
    attachments: AttachmentTable;
  };
