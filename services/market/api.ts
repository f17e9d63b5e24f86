/** The routes of `/market/v1`: a file a noun, each with its requests, answers and who may ask. */
import { addRecordRoutes } from '@bullion/service';
import { addAuctionRoutes } from './api/auctions.ts';
import { addClassRoutes } from './api/classes.ts';
import { addGovernanceRoutes } from './api/governance.ts';
import { addLeaseRoutes } from './api/leases.ts';
import { addMoneyRoutes } from './api/money.ts';
import { addOrderRoutes } from './api/orders.ts';
import { type Parts, v1 } from './api/route.ts';
import { addRulesRoutes } from './api/rules.ts';

export function addRoutes(parts: Parts): void {
  addClassRoutes(parts);
  addOrderRoutes(parts);
  addLeaseRoutes(parts);
  addAuctionRoutes(parts);
  addMoneyRoutes(parts);
  addGovernanceRoutes(parts);
  addRulesRoutes(parts);
  addRecordRoutes(parts.app, v1, parts.context, parts.authenticate);
}
