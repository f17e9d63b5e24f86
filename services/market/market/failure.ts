/** An owner does not deliver: as a recall without notice, dearer, and remembered. */
import { notFound } from '@bullion/service/errors';
import { strike } from './allies.ts';
import { isOpen } from './state.ts';
import { takeBack } from './taking-back.ts';
import type { Turn } from './turn.ts';

/** `nodes`: how many of the part are missing, where not all. */
export function fail(turn: Turn, id: string, nodes?: number): void {
  const { state } = turn;
  const part = state.parts.get(id);
  if (!part) throw notFound('part', id, 'See the parts of leases with `bullion market leases --json`.');
  if (!isOpen(part) || part.recalled) return;
  strike(state, part.owner);
  // What has run is owed: the tenant had the nodes until now. A lease whose start no tick has seen has not run.
  const waits = state.leases.get(part.lease)!.state === 'reserved';
  const at = waits ? part.start : Math.max(turn.slot, part.settled);
  const lost = Math.min(nodes ?? part.nodes, part.nodes);
  // What broke is not let again by the same ask, to a sub-tenant of the lease neither.
  const ask = state.asks.get(part.ask);
  const kept = { nodes: lost, start: Math.max(at, part.start), end: part.end };
  if (ask && kept.start < kept.end) ask.kept.push(kept);
  const terms = { ...state.config.failure, insured: true };
  takeBack(turn, part, lost, at, terms, `${part.owner} did not deliver`);
}
