/** What a class costs: an index of the last day, a curve of what was let for the days ahead, and the band around it. */
import type { Band, ClassSummary, Trade } from '@bullion/clearing';
import { partOf } from './config.ts';
import type { Price, Prices, State } from './state.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 30 * DAY_MS;

export function pricesOf(state: State, name: string): Prices {
  const known = state.prices.get(name);
  if (known) return known;
  const fresh: Prices = { index: null, trades: [], held: 0 };
  state.prices.set(name, fresh);
  return fresh;
}

export function notePrice(state: State, { class: name, price, start, end, hosts }: Trade): void {
  const volume = hosts.reduce((sum, { nodes }) => sum + nodes, 0) * (end - start);
  pricesOf(state, name).trades.push({ at: state.now, start, price, volume });
}

/** The index is the volume-weighted median of a day's trades, and stays what it was while there are none. */
export function noteBatch(state: State, summaries: readonly ClassSummary[]): void {
  for (const { class: name, held, volume } of summaries) {
    const prices = pricesOf(state, name);
    if (held) prices.held++;
    else if (volume > 0) prices.held = 0;
    prices.trades = prices.trades.filter(({ at }) => at > state.now - KEEP_MS);
    prices.index = median(prices.trades.filter(({ at }) => at > state.now - DAY_MS)) ?? prices.index;
  }
}

/** Each batch that is held widens the next one's band: a price that is truly another gets through, only not at once. */
export function bandOf({ config }: State, name: string, { index, held }: Prices): Band | undefined {
  if (index === null || index === 0n) return undefined;
  const width = partOf(index, config.bandPpm) * BigInt(held + 1);
  return { class: name, low: index > width ? index - width : 0n, high: index + width };
}

/** Held so often that only what is far ahead is let until a batch clears. */
export const isReservationOnly = ({ config, prices }: State, name: string): boolean =>
  (prices.get(name)?.held ?? 0) >= config.heldMax;

export type Day = { day: number; price: string; volume: number };

/** By the day on which leases start, counted from 1970. */
export function forwardCurve({ config, now }: State, { trades }: Prices): Day[] {
  const today = Math.floor(now / DAY_MS);
  const days = Map.groupBy(trades, ({ start }) => Math.floor((start * config.slotMs) / DAY_MS));
  return [...days]
    .filter(([day]) => day >= today)
    .sort(([a], [b]) => a - b)
    .map(([day, all]) => ({
      day,
      price: String(median(all)),
      volume: all.reduce((sum, { volume }) => sum + volume, 0),
    }));
}

function median(trades: readonly Price[]): bigint | undefined {
  const sorted = trades.toSorted((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : 0));
  const total = sorted.reduce((sum, { volume }) => sum + volume, 0);
  let below = 0;
  for (const { price, volume } of sorted) {
    below += volume;
    if (below * 2 >= total) return price;
  }
  return undefined;
}
