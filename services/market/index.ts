/** How the market service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@bullion/sdk';
import {
  type App,
  Changes,
  createApp,
  Events,
  type Logger,
  migrate,
  Operations,
  openDatabase,
  requireToken,
  SecretBox,
} from '@bullion/service';
import { addRoutes } from './api.ts';
import { askIsolation } from './authenticate.ts';
import { createMarketClock } from './clock.ts';
import type { Context } from './context.ts';
import { Attendance, tellMisses } from './delivery/attendance.ts';
import { deliverOnce } from './delivery/delivery.ts';
import { createDeliveryLoop } from './delivery/loop.ts';
import { survey } from './delivery/survey.ts';
import { Desk } from './desk.ts';
import type { Config } from './market/index.ts';
import { askProjects } from './projects.ts';
import { migrations } from './store/migrations.ts';
import type { MarketSchema } from './store/schema.ts';

export type MarketOptions = {
  /** Where the database and the key are kept. */
  folder: string;
  /** The `postgres://` URL of the database, where it is not a file in the folder. */
  database?: string | undefined;
  logger: Logger;
  isolation: {
    url: string;
    /** Of the role `service`, given by the operator of the isolation service. */
    token: string;
  };
  /** The rules' numbers of a new market; one that exists keeps its own. */
  config?: Partial<Config>;
  /** How often bids are cleared. */
  batchMs?: number;
  checkMs?: number;
  /** For tests: another clock than the machine's. */
  clock?: () => number;
};

export type MarketService = { app: App; context: Context; start(): void; close(): Promise<void> };

/** Opens the database and reads the journal. `start` begins clearings and deliveries. */
export async function openMarket(options: MarketOptions): Promise<MarketService> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const file = join(folder, 'market.db');
  const secrets = SecretBox.open(join(folder, 'secret.key'), { create: !existsSync(file) });
  const where = options.database ?? file;
  const db = openDatabase<MarketSchema>(where);
  try {
    await migrate(db as never, 'market', migrations);
    return await assemble(db, where, secrets, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function assemble(
  db: Context['db'],
  where: string,
  secrets: SecretBox,
  options: MarketOptions,
): Promise<MarketService> {
  const { logger, config = {}, clock = Date.now, batchMs = 60_000, checkMs = 1000 } = options;
  const events = new Events(db as never);
  const desk = new Desk(db, events, config, clock, { log: logger, where });
  await desk.open();
  const isolation = connect(options.isolation);
  const context: Context = {
    ...{ db, events, desk, log: logger },
    changes: new Changes(db, secrets, events),
    operations: new Operations(db as never, logger),
    isolation,
    projectMade: askProjects(isolation),
    isolationAs: (token) => connect({ url: options.isolation.url, token }),
    attendance: new Attendance(),
    deliver: () => delivery.wake(),
  };
  const delivery = createDeliveryLoop(() => deliverOnce(context), logger, checkMs * 5);
  const marketClock = createMarketClock(
    desk,
    logger,
    { batchMs, checkMs },
    {
      beforeTick: () => tellMisses(context),
      beforeFreeze: () => survey(context),
      after: context.deliver,
    },
  );
  const authenticate = askIsolation(context.isolationAs);
  const app = await createApp({
    name: 'market',
    title: 'Bullion market',
    logger,
    onRefusal: (request, error) => context.changes.refuse(request, error),
  });
  requireToken(app, authenticate);
  addRoutes({ app, context, authenticate });
  let started = false;
  return {
    app,
    context,
    start() {
      started = true;
      marketClock.start();
      delivery.start();
    },
    async close() {
      if (started) {
        await marketClock.close();
        await delivery.close();
      }
      await context.operations.close();
      events.close();
      await app.close();
      await desk.close();
      await db.destroy();
    },
  };
}
