/** The argument of `bullion auction ...`. */
import { InvalidArgumentError } from 'commander';

export function auctionNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Auctions are numbered from 1.');
}
