export * from './accounts.ts';
export * from './credits.ts';
export * from './ledger.ts';
export * from './verify.ts';
