export type { CephOptions } from './rbd-command.ts';
export { RbdStore } from './rbd-store.ts';
export { type GatewayOptions, TgtGateway } from './tgt-gateway.ts';
