/** What the routes of this service have in common. */
import { type App, type Authenticate, createRoutes } from '@bullion/service';
import type { BootParts } from '../boot-parts.ts';
import type { Context } from '../context.ts';

export type Parts = { app: App; context: Context; parts: BootParts; authenticate: Authenticate };

export const v1 = '/provisioning/v1';

export const routesOf = ({ app, context }: Parts) => createRoutes(app, context.changes, v1);
