/** An owner does not deliver: as a recall without notice, dearer, and remembered. */
import { notFound } from '@bullion/service/errors';
import { isOpen } from './state.ts';
import { takeBack } from './taking-back.ts';
import type { Turn } from './turn.ts';

const STRIKES_MAX = 4;

export function fail(turn: Turn, id: string): void {
  const { state } = turn;
  const part = state.parts.get(id);
  if (!part) throw notFound('part', id, 'See the parts of leases with `bullion market leases --json`.');
  if (!isOpen(part) || part.recalled) return;
  const party = turn.party(part.owner);
  party.strikes = Math.min(party.strikes * 2, STRIKES_MAX);
  // What has run is owed: the tenant had the nodes until now. A lease whose start no tick has seen has not run.
  const waits = state.leases.get(part.lease)!.state === 'reserved';
  const at = waits ? part.start : Math.max(turn.slot, part.settled);
  // What broke is not let again by the same ask.
  const ask = state.asks.get(part.ask);
  const kept = { nodes: part.nodes, start: Math.max(at, part.start), end: part.end };
  takeBack(turn, part, part.nodes, at, state.config.failure, `${part.owner} did not deliver`);
  if (ask && state.asks.has(ask.id) && kept.start < kept.end) ask.kept.push(kept);
}
