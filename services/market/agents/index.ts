export { runBuyer } from './buyer.ts';
export { autoscaler } from './examples/autoscaler.ts';
export { calendar } from './examples/calendar.ts';
export { idleOwner } from './examples/idle-owner.ts';
export { queue } from './examples/queue.ts';
export { runOwner } from './owner.ts';
export type * from './policy.ts';
export type { AgentOptions } from './runner.ts';
