import type { BootState } from './store/schema.ts';

/** A living boot holds its node, its address and its volume. */
export const LIVING: BootState[] = ['booting', 'running', 'ending'];
