export { autoscaler } from './examples/autoscaler.ts';
export { calendar } from './examples/calendar.ts';
export { idleOwner } from './examples/idle-owner.ts';
export { queue } from './examples/queue.ts';
export type * from './policy.ts';
export { type AgentOptions, runBuyer, runOwner } from './runner.ts';
