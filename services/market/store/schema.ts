/** The tables of the market service, as the code sees them. */
import type { WithChanges, WithEvents, WithOperations } from '@bullion/service';

export type JournalTable = { sequence: number; at: number; command: string };
/** The ledger as it is audited; it follows from the journal, and is checked against it. */
export type EntryTable = {
  sequence: number;
  at: number;
  key: string;
  memo: string;
  lines: string;
  hash: string;
};
export type AuctionTable = {
  number: number;
  committed_at: number;
  root: string;
  /** What the batch's names are made of; null where it has the parties' own. Each party is told what follows for it alone. */
  secret: string | null;
  /** The hashes of the orders. */
  commitment: string;
  /** Null until it has cleared. */
  transcript: string | null;
  hash: string | null;
  previous: string | null;
};
/** A piece of one, as `snapshots/pieces.ts` says. */
export type SnapshotTable = {
  sequence: number;
  /** From 0. */
  piece: number;
  /** 1 for the last piece of a snapshot: it is whole. */
  last: number;
  bytes: Uint8Array;
};
/** A node that a part of a lease has, and the isolation service's lease of it. Sub-let, the row goes over to the next part. */
export type DeliveryTable = {
  id: string;
  /** The part that has the node now. */
  part: string;
  /** The parts that are to have it, each of the one before, with blanks between; the last has it next. */
  chain: string;
  node: string;
  owner: string;
  tenant: string;
  state: 'wanted' | 'open' | 'closing' | 'closed';
  lease: string | null;
  ends_at: number;
  error: string | null;
};
export type MarketSchema = WithChanges &
  WithEvents &
  WithOperations & {
    journal: JournalTable;
    entries: EntryTable;
    auctions: AuctionTable;
    snapshots: SnapshotTable;
    deliveries: DeliveryTable;
  };
