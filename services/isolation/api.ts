/** The routes of `/isolation/v1`: a file a noun, each with its requests, answers and who may ask. */
import { addNetworkRoutes } from './api/networks.ts';
import { addNodeRoutes } from './api/nodes.ts';
import { addOperationRoutes } from './api/operations.ts';
import { addPowerRoutes } from './api/power.ts';
import { addProjectRoutes } from './api/projects.ts';
import type { Parts } from './api/route.ts';
import { addSwitchRoutes } from './api/switches.ts';
import { addUserRoutes } from './api/users.ts';

export function addRoutes(parts: Parts): void {
  addProjectRoutes(parts);
  addUserRoutes(parts);
  addSwitchRoutes(parts);
  addNodeRoutes(parts);
  addPowerRoutes(parts);
  addNetworkRoutes(parts);
  addOperationRoutes(parts);
}
