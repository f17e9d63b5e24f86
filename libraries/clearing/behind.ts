/** Who counts as one where what a party may hold, or earn by its own bids, is limited: the parties of one legal owner. */
import type { Ask, Bid, Commitment } from './types.ts';

export const ownerBehind = ({ owner, behind }: Pick<Ask, 'owner' | 'behind'>): string => behind ?? owner;

export const buyerBehind = ({ buyer, behind }: Pick<Bid | Commitment, 'buyer' | 'behind'>): string =>
  behind ?? buyer;
