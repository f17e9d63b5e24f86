/** The tables of the provisioning service, as the code sees them. */
import type { WithChanges, WithEvents, WithOperations } from '@bullion/service';
import type { Priority } from '../fleet/admission.ts';
import type { WithFleet } from './fleet.ts';

export type ImageTable = {
  name: string;
  /** The owner; null is the operator. */
  project: string | null;
  /** `image` was brought from outside, `snapshot` was taken of a volume. */
  kind: 'image' | 'snapshot';
  /** `uploading` until it is sealed; only a sealed image can be booted. */
  state: 'uploading' | 'sealed';
  public: 0 | 1;
  size_bytes: number;
  sha256: string | null;
  /** The kernel command line; null for an image that boots by its own boot loader (sanboot). */
  cmdline: string | null;
  /** Id of the folder with `kernel` and `initrd`, and name of the sealed layer in the volume store. */
  id: string;
  /** The image that a snapshot's volume was cloned from. */
  parent: string | null;
  /** Id of the volume that a snapshot was taken of; it may be gone. */
  volume: string | null;
  created_at: string;
};

/** Another project that may use an image, named by the image's id. */
export type ImageShareTable = { image: string; project: string; created_at: string };

/** What was deleted and can come back, as long as the store still has its layer. */
export type DeletedTable = {
  id: string;
  kind: 'image' | 'volume';
  name: string;
  project: string | null;
  /** Its row, as JSON. */
  saved: string;
  deleted_at: string;
};

export type VolumeTable = {
  name: string;
  id: string;
  project: string;
  /** The image or snapshot that it was cloned from. */
  image: string;
  size_bytes: number;
  created_at: string;
};

/**
 * How a node comes by its root: over the network all along, from a copy on its own disk, or from a copy in its memory.
 */
export type BootMode = 'diskless' | 'copy' | 'ram';

export type BootState = 'booting' | 'running' | 'failed' | 'ending' | 'ended';

export type BootTable = {
  id: string;
  node: string;
  project: string;
  nic: string;
  mac: string;
  image: string;
  volume: string;
  /** 1 where the volume was cloned for this boot: a failed boot deletes it again. */
  volume_is_new: 0 | 1;
  mode: BootMode;
  state: BootState;
  operation: string;
  /** The node's address on the provisioning network while the boot lives; empty until it is known (dhcp/learn.ts). */
  address: string;
  hostname: string;
  ssh_authorized_keys: string;
  /** JSON list, as the node reported them. */
  ssh_host_keys: string;
  /** Encrypted: CHAP user and secret, initiator name. */
  iscsi: string;
  script_token: string;
  /** Hashes of the tokens in the last script that was served; the configuration is given out once. */
  config_token_hash: string | null;
  config_used: 0 | 1;
  report_token_hash: string | null;
  /** Encrypted: the isolation service's inspection token, where the node is only to tell what it is made of. */
  inspection: string | null;
  /** JSON: where the node is only to erase its disks (wipes/wipe.ts). */
  wipe: string | null;
  priority: Priority;
  /** The group that it was asked for with. */
  boot_group: string | null;
  /** JSON: where the disk goes when the node dies (fleet/spare.ts). */
  spare: string | null;
  /** The boot that took its place: on another node, or from another image. */
  successor: string | null;
  /** Encrypted: host key, users and user data (identity/identity.ts). */
  identity: string | null;
  /** Of the last script that was served: what cloud-init reads its seed with. */
  seed_token_hash: string | null;
  /** The parts of the seed that were given out already, which happens once a script; a space between them. */
  seed_read: string;
  error: string | null;
  created_at: string;
  ended_at: string | null;
};

/** What went through the target of one boot, as `traffic/` writes it. */
export type TrafficTable = {
  boot: string;
  node: string;
  project: string;
  volume: string;
  image: string;
  lease: string | null;
  begun_at: string;
  updated_at: string;
  /** JSON. */
  figures: string;
  points: string;
};

/** What a script wrote that ran on an image, by the operation that ran it. */
export type ScriptOutputTable = { operation: string; output: string; at: string };

/** One stage of a boot, and when it was reached. */
export type StageTable = { boot: string; stage: string; at: string };

export type ProvisioningSchema = WithEvents &
  WithOperations &
  WithChanges &
  WithFleet & {
    images: ImageTable;
    image_shares: ImageShareTable;
    deleted_things: DeletedTable;
    volumes: VolumeTable;
    boots: BootTable;
    boot_stages: StageTable;
    traffic: TrafficTable;
    script_outputs: ScriptOutputTable;
  };
