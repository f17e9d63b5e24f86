/** What the market has published of an auction, and under which names the caller's parties are in it. */
import { decode, type Self, type Transcript } from '@bullion/clearing';
import { all, ok, type Services } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';

export type Market = Services['market'];

export const ofAuction = (number: number) => ({ params: { path: { number } } });

export async function transcriptOf(market: Market, number: number): Promise<Transcript> {
  const { transcript } = await ok(market.GET('/market/v1/auctions/{number}/transcript', ofAuction(number)));
  try {
    return decode(transcript) as Transcript;
  } catch (error) {
    throw new BullionError(
      'bad_gateway',
      'transcript_unreadable',
      `The transcript cannot be read: ${messageOf(error)}`,
      { hint: 'Ask the operator of the market for it.' },
    );
  }
}

/** Each transcript names the one before: whoever kept one hash has them all. Auctions that were dropped have none. */
export async function hashBefore(market: Market, number: number): Promise<string> {
  for (let before = number - 1; before > 0; before--) {
    const { hash } = await ok(market.GET('/market/v1/auctions/{number}', ofAuction(before)));
    if (hash !== null) return hash;
  }
  return '';
}

/** By party: the caller's own; every party's for an auditor. */
export async function namesIn(market: Market, number: number): Promise<Map<string, Self & { name: string }>> {
  const names = await all((query) =>
    market.GET('/market/v1/auctions/{number}/names', { params: { path: { number }, query } }),
  );
  return new Map(names.map((one) => [one.party, one]));
}
