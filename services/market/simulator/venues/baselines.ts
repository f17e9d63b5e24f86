/** The systems that were there before, as far as their code and papers say how they match. */
import { max, min } from '../../market/trades.ts';
import { queueVenue } from './queue-venue.ts';
import type { Venue, Wish } from './venue.ts';

const firstCome = (a: Wish, b: Wish): number => a.submit - b.submit;
const highestLimit = (a: Wish, b: Wish): number =>
  a.limit > b.limit ? -1 : a.limit < b.limit ? 1 : firstCome(a, b);

/** As esi-leap: whoever comes first claims, there is no price. */
export const esiLeap = (slotS: number, owners: number): Venue =>
  queueVenue(slotS, owners, {
    order: firstCome,
    admits: (offer, _, end) => offer.end >= end,
    nodesOf: ({ nodes }) => nodes,
    prices: (taken) => taken.map(() => 0n),
  });

/**
 * As FLOCX's match engine: bids in the order of the database, offers whose window lies strictly around the bid's, of
 * those the first quantity + 1 (one too many, as it was), at what was bid; what the owner asked for is not looked at.
 */
export const flocx = (slotS: number, owners: number): Venue =>
  queueVenue(slotS, owners, {
    order: firstCome,
    admits: (offer, _, end) => offer.end > end,
    nodesOf: ({ nodes }) => nodes + 1,
    prices: (taken) => taken.map(({ wish }) => wish.limit),
  });

/** One price for all, fixed by the operator: who would pay it comes first, who would lend for it is taken. */
export const posted = (slotS: number, owners: number, price: bigint): Venue =>
  queueVenue(slotS, owners, {
    order: firstCome,
    admits: (offer, wish, end) => offer.end >= end && offer.reserve <= price && wish.limit >= price,
    nodesOf: ({ nodes }) => nodes,
    prices: (taken) => taken.map(() => price),
  });

/**
 * A k-double auction, k a half: the highest limits first, and one price for all, midway between the lowest limit that
 * won and the highest reserve that was taken.
 */
export const kDouble = (slotS: number, owners: number): Venue =>
  queueVenue(slotS, owners, {
    order: highestLimit,
    admits: (offer, wish, end) => offer.end >= end && offer.reserve <= wish.limit,
    nodesOf: ({ nodes }) => nodes,
    prices(taken) {
      const limits = taken.map(({ wish }) => wish.limit);
      const reserves = taken.flatMap(({ hosts }) => hosts.map(({ reserve }) => reserve));
      const lowest = limits.reduce(min, limits[0] ?? 0n);
      const highest = reserves.reduce(max, 0n);
      return taken.map(() => (lowest + highest) / 2n);
    },
  });
