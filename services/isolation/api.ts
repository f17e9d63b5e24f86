/** The routes of `/isolation/v1`: a file a noun, each with its requests, answers and who may ask. */
import { addHookRoutes, addIdentityRoutes, addRecordRoutes } from '@bullion/service';
import { addNetworkRoutes } from './api/networks.ts';
import { addNodeRoutes } from './api/nodes.ts';
import { addPowerRoutes } from './api/power.ts';
import { addProjectRoutes } from './api/projects.ts';
import { type Parts, v1 } from './api/route.ts';
import { addSwitchRoutes } from './api/switches.ts';

export function addRoutes(parts: Parts): void {
  addProjectRoutes(parts);
  addSwitchRoutes(parts);
  addNodeRoutes(parts);
  addPowerRoutes(parts);
  addNetworkRoutes(parts);
  addHookRoutes(parts.app, v1, '/wipe-hooks', parts.context);
  addIdentityRoutes(parts.app, v1, parts.context);
  addRecordRoutes(parts.app, v1, parts.context, parts.authenticate);
}
