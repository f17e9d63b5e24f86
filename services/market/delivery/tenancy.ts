/** Until which slot a part's nodes stay with their tenant: an extension goes on where the part ends, on nodes of the same ask. */
import type { Part, State } from '../market/index.ts';

export function tenancyEnd(state: State, part: Part): number {
  const others = state.leases.get(part.lease)!.parts.map((id) => state.parts.get(id)!);
  let end = part.end;
  for (;;) {
    const on = others.filter((other) => other.ask === part.ask && other.start === end && other.end > end);
    if (on.length === 0) return end;
    end = Math.max(...on.map((other) => other.end));
  }
}
