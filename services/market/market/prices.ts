/** What a class costs: an index of the last day, a curve of what was let for the days ahead, and the breaker's band. */
import type { Band, ClassSummary, Trade } from '@bullion/clearing';
import { partOf } from './config.ts';
import type { Price, Prices, State } from './state.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const KEEP_MS = 30 * DAY_MS;

export function pricesOf(state: State, name: string): Prices {
  const known = state.prices.get(name);
  if (known) return known;
  const fresh: Prices = { index: null, usual: null, trades: [], held: 0 };
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
    const since = (time: number) => prices.trades.filter(({ at }) => at > state.now - time);
    prices.trades = since(KEEP_MS);
    if (volume > 0) {
      prices.index = median(since(DAY_MS)) ?? prices.index;
      prices.usual = median(since(WEEK_MS)) ?? prices.usual;
    }
    if (held) prices.held = Math.min(prices.held + 1, state.config.heldMax);
    else if (volume > 0 && isCalm(state, name, prices)) prices.held--;
  }
}

/**
 * The breaker: how dear a trade may be. Measured against the median of a week, which only half a week's volume moves,
 * and not before the class has traded often enough for a median to say something. Each batch in which a trade is held
 * doubles it for the next, up to a last limit: a price that is truly another gets through, only not at once; beyond
 * the limit nothing does until the week has seen other prices, or no trades. Downwards owners' reserves are the floor.
 */
export function bandOf({ config, now }: State, name: string, prices: Prices): Band | undefined {
  const { usual, trades, held } = prices;
  const week = trades.filter(({ at }) => at > now - WEEK_MS);
  if (!usual || week.length < config.bandTrades) return undefined;
  const high = (usual + partOf(usual, config.bandPpm)) << BigInt(Math.min(held, config.heldMax));
  return { class: name, low: 0n, high };
}

/** All of the batch would have passed a narrower band: one that was needed stays, or high prices were held time and again. */
function isCalm(state: State, name: string, prices: Prices): boolean {
  if (prices.held === 0) return false;
  const narrower = bandOf(state, name, { ...prices, held: prices.held - 1 });
  return prices.trades.every(({ at, price }) => at < state.now || !narrower || price <= narrower.high);
}

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
