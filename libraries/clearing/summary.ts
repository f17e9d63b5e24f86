/** Medians by class, and the circuit breaker that looks at them. */
import type { Band, Batch, Bid, ClassSummary, Clearing, Rule, Trade } from './types.ts';

/**
 * What a batch's trades say of each class. A trade whose price lies outside its class's band is held back: it is taken
 * out, and the others stand. Its price does not depend on its own limit, so a bid gains nothing by another limit here
 * either; and nobody halts a class by a trade that would never be let. `rules`: by component; by rank where nothing is
 * said.
 */
export function summarise(
  batch: Batch,
  trades: readonly Trade[],
  rules: ReadonlyMap<string, Rule>,
): Clearing {
  const together = componentsOf(batch);
  const byClass = Map.groupBy(trades, (trade) => trade.class);
  const isHeld = heldBy(batch.bands);
  const classes = [...together.keys()].sort().map((name): ClassSummary => {
    const found = byClass.get(name) ?? [];
    const rule = rules.get(together.get(name)!) ?? 'rank';
    return { class: name, rule, ...medianOf(found), held: found.some(isHeld) };
  });
  const kept = trades.filter((trade) => !isHeld(trade));
  return { trades: kept.toSorted((a, b) => (a.bid < b.bid ? -1 : 1)), classes };
}

/** Whether a breaker holds a trade back. */
export function heldBy(bands: readonly Band[]): (trade: Trade) => boolean {
  const byClass = new Map(bands.map((band) => [band.class, band]));
  return ({ class: name, price }) => {
    const band = byClass.get(name);
    return band !== undefined && (price < band.low || price > band.high);
  };
}

/** Volume-weighted; of two middles the lower. */
function medianOf(trades: readonly Trade[]): { volume: number; median: bigint | null } {
  const weighted = trades.map((trade) => ({
    price: trade.price,
    weight: (trade.end - trade.start) * trade.hosts.reduce((sum, { nodes }) => sum + nodes, 0),
  }));
  weighted.sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : 0));
  const volume = weighted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { price, weight } of weighted) {
    below += weight;
    if (below * 2 >= volume) return { volume, median: price };
  }
  return { volume, median: null };
}

/** For each class of the batch's asks the name of its component: classes that some bid ties together. */
export function componentsOf({ asks, bids }: { asks: Batch['asks']; bids: readonly Bid[] }) {
  const parent = new Map<string, string>(asks.map((ask) => [ask.class, ask.class]));
  const rootOf = (name: string): string => {
    let root = name;
    while (parent.get(root) !== root) root = parent.get(root)!;
    for (let at = name; at !== root; ) {
      const next = parent.get(at)!;
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  for (const { classes } of bids) {
    const known = classes.filter((name) => parent.has(name));
    for (const name of known.slice(1)) parent.set(rootOf(name), rootOf(known[0]!));
  }
  return new Map([...parent.keys()].map((name) => [name, rootOf(name)]));
}
