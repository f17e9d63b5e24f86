/** What the routes of this service have in common. */
import { type App, type Authenticate, createRoutes, NameSchema } from '@bullion/service';
import { z } from 'zod';
import type { Consoles } from '../consoles/consoles.ts';
import type { Context } from '../context.ts';
import type { Reconciler } from '../reconciler.ts';

export type Parts = {
  app: App;
  context: Context;
  reconciler: Reconciler;
  consoles: Consoles;
  authenticate: Authenticate;
  /** Told of the address of a request whose credentials were not good. */
  onStranger: (address: string) => void;
};

export const v1 = '/isolation/v1';

export const routesOf = ({ app, context }: Parts) => createRoutes(app, context.changes, v1);

/** Connection settings of a driver, which checks them by its own schema. */
export const Settings = z
  .record(z.string(), z.unknown())
  .describe("The driver's connection settings; secrets are encrypted at rest and never returned");

export const ofProject = z.object({ project: NameSchema });
export const ofNode = z.object({ node: NameSchema });
export const ofNic = ofNode.extend({ nic: NameSchema });
