export { type Cleared, concluding, freezing, sealed } from './batch.ts';
export * from './classes.ts';
export * from './commands.ts';
export { type Config, DEFAULTS } from './config.ts';
export * from './encoding.ts';
export * from './market.ts';
export { forwardCurve, pricesOf } from './prices.ts';
export * from './state.ts';
export type { MarketEvent, Published } from './turn.ts';
