/** The accounts. A party's names have no colon, so nothing that a party is called is an account of the market. */

export const free = (party: string) => `${party}:free`;
/** What a buyer has promised: deposits, and the price of leases that run. */
export const escrow = (party: string) => `${party}:escrow`;
/** What an owner stands in with for its asks. */
export const bond = (party: string) => `${party}:bond`;

export const FEE = 'market:fee';
export const INSURANCE = 'market:insurance';
export const SUBSIDY = 'market:subsidy';
/** Subsidies of leases that have not run yet: they cannot be promised twice. */
export const PROMISED = 'market:promised';
/** Where credits come from: the one account below zero, by as much as there is in all others. */
export const MINT = 'mint';

/** A party may not be called so. */
export const RESERVED_PARTIES = new Set(['market', 'mint']);
