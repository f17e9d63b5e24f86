export { askHook, createHookTable, type HookTable, hooksFor, type WithHooks } from './hooks.ts';
export { addHookRoutes } from './routes.ts';
