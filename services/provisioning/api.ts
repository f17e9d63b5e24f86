/** The routes of `/provisioning/v1`: a file a noun, each with its requests, answers and who may ask. */
import { addRecordRoutes } from '@bullion/service';
import { addBinRoutes } from './api/bin.ts';
import { addBootGroupRoutes } from './api/boot-groups.ts';
import { addBootRoutes } from './api/boots.ts';
import { addImageRoutes } from './api/images.ts';
import { addReplacementRoutes } from './api/replacements.ts';
import { type Parts, v1 } from './api/route.ts';
import { addTransferRoutes } from './api/transfers.ts';
import { addVolumeRoutes } from './api/volumes.ts';
import { addWipeRoutes } from './api/wipes.ts';

export function addRoutes(parts: Parts): void {
  addImageRoutes(parts);
  addTransferRoutes(parts);
  addVolumeRoutes(parts);
  addBinRoutes(parts);
  addBootRoutes(parts);
  addBootGroupRoutes(parts);
  addReplacementRoutes(parts);
  addWipeRoutes(parts);
  addRecordRoutes(parts.app, v1, parts.context, parts.authenticate);
}
