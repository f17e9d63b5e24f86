/** Medians by class, and the circuit breaker that looks at them. */
import type { Batch, Bid, ClassSummary, Clearing, Rule, Trade } from './types.ts';

/**
 * What a batch's trades say of each class. Where a median lies outside its band, the trades of that class and of all
 * classes that clear together with it (some bid accepts both) are held back: they are taken out. `rules`: by component;
 * by rank where nothing is said.
 */
export function summarise(
  batch: Batch,
  trades: readonly Trade[],
  rules: ReadonlyMap<string, Rule>,
): Clearing {
  const together = componentsOf(batch);
  const byClass = Map.groupBy(trades, (trade) => trade.class);
  const heldComponents = new Set<string>();
  const medians = new Map<string, { volume: number; median: bigint | null }>();
  for (const name of [...together.keys()].sort()) {
    const summary = medianOf(byClass.get(name) ?? []);
    medians.set(name, summary);
    const band = batch.bands.find((one) => one.class === name);
    const { median } = summary;
    if (band !== undefined && median !== null && (median < band.low || median > band.high))
      heldComponents.add(together.get(name)!);
  }
  const isHeld = (name: string) => heldComponents.has(together.get(name)!);
  const classes = [...medians].map(([name, summary]): ClassSummary => {
    const rule = rules.get(together.get(name)!) ?? 'rank';
    return { class: name, rule, ...summary, held: isHeld(name) };
  });
  const kept = trades.filter((trade) => !isHeld(trade.class));
  return { trades: kept.toSorted((a, b) => (a.bid < b.bid ? -1 : 1)), classes };
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
