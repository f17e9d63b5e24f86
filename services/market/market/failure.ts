/** An owner does not deliver: as a recall without notice, dearer, and remembered. */
import { notFound } from '@bullion/service/errors';
import { strike } from './allies.ts';
import { isOpen } from './state.ts';
import { takeBack } from './taking-back.ts';
import type { Turn } from './turn.ts';

export function fail(turn: Turn, id: string): void {
  const { state } = turn;
  const part = state.parts.get(id);
  if (!part) throw notFound('part', id, 'See the parts of leases with `bullion market leases --json`.');
  if (!isOpen(part) || part.recalled) return;
  strike(state, part.owner);
  // What has run is owed: the tenant had the nodes until now. A lease whose start no tick has seen has not run.
  const waits = state.leases.get(part.lease)!.state === 'reserved';
  const at = waits ? part.start : Math.max(turn.slot, part.settled);
  // What broke is not let again by the same ask, to a sub-tenant of the lease neither.
  const ask = state.asks.get(part.ask);
  const kept = { nodes: part.nodes, start: Math.max(at, part.start), end: part.end };
  if (ask && kept.start < kept.end) ask.kept.push(kept);
  const terms = { ...state.config.failure, insured: true };
  takeBack(turn, part, part.nodes, at, terms, `${part.owner} did not deliver`);
}
