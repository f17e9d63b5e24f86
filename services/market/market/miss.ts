/**
 * Nodes that were not there. Of a slot in which a part lacked some, only the others are paid, and its tenant has the rest
 * back at once. An owner by whose fault they are missing slot after slot has failed. Told by who delivers: where nobody
 * does, all counts as delivered.
 */
import { strike } from './allies.ts';
import type { Command } from './commands.ts';
import { fail } from './failure.ts';
import { refund, settle } from './settlement.ts';
import { isOpen } from './state.ts';
import type { Turn } from './turn.ts';

type Miss = Extract<Command, { do: 'miss' }>;

/** A slot that is not over, or was paid before, is left as it is. */
export function miss(turn: Turn, { part: id, slot, nodes, fault }: Miss): void {
  const { state } = turn;
  const part = state.parts.get(id);
  const lease = part && state.leases.get(part.lease);
  if (!part || lease?.state !== 'active' || slot < part.settled || slot >= part.end || slot >= turn.slot)
    return;
  const lacks = Math.min(nodes, part.nodes);
  settle(turn, part, slot);
  settle(turn, part, slot + 1, part.nodes - lacks);
  const back = refund(turn, lease, `${id}/${slot}`);
  const data = { part: id, slot, nodes: lacks, refund: String(back), fault };
  turn.tell('lease.undelivered', `lease/${lease.id}`, [lease.buyer, part.owner], data);
  if (!fault) return;
  const since = part.missing?.last === slot - 1 ? part.missing.since : slot;
  part.missing = { since, last: slot };
  if (isOpen(part)) {
    if (slot + 1 - since >= state.config.failAfterSlots) fail(turn, id, lacks);
    // Over before it could fail: remembered all the same, or short leases would never be delivered.
  } else if (since <= part.start) strike(state, part.owner);
}
