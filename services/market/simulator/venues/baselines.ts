/** The systems that were there before, as far as their code and papers say how they match. */
import { firstCome, type Venue } from './venue.ts';

const anyone = () => true;

/** As esi-leap: whoever comes first claims, there is no price. */
export const esiLeap = (slotS: number, owners: number): Venue =>
  firstCome(slotS, owners, (offer, _, end) => offer.end >= end, {
    ...{ priceOf: () => 0n, nodesOf: ({ nodes }) => nodes, mayBid: anyone },
  });

/**
 * As FLOCX's match engine: bids in the order of the database, offers whose window lies strictly around the bid's, of
 * those the first quantity + 1 (one too many, as it was), at what was bid; what the owner asked for is not looked at.
 */
export const flocx = (slotS: number, owners: number): Venue =>
  firstCome(slotS, owners, (offer, _, end) => offer.end > end, {
    ...{ priceOf: ({ limit }) => limit, nodesOf: ({ nodes }) => nodes + 1, mayBid: anyone },
  });

/** One price for all, fixed by the operator: who would pay it comes first, who would lend for it is taken. */
export const posted = (slotS: number, owners: number, price: bigint): Venue =>
  firstCome(slotS, owners, (offer, _, end) => offer.end >= end && offer.reserve <= price, {
    ...{ priceOf: () => price, nodesOf: ({ nodes }) => nodes, mayBid: ({ limit }) => limit >= price },
  });
