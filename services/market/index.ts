/** How the market service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@bullion/sdk';
import {
  type App,
  Changes,
  createApp,
  Events,
  inSchema,
  type Logger,
  migrate,
  Operations,
  openDatabase,
  requireToken,
  SecretBox,
} from '@bullion/service';
import { BullionError } from '@bullion/service/errors';
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
  /** How long a slot of a new market is to be. Throws `market_slot_fixed` where there is a market with others. */
  slotMs?: number | undefined;
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
  const { database } = options;
  if (database !== undefined && existsSync(file)) throw marketInFile(file);
  const where = database === undefined ? file : inSchema(database, 'market');
  const db = openDatabase<MarketSchema>(where);
  try {
    await migrate(db as never, 'market', migrations);
    return await assemble(db, where, secrets, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Nobody is to find an empty market where there was one with money in it. */
const marketInFile = (file: string) =>
  new BullionError(
    'conflict',
    'market_in_file',
    `There is a market in ${file} already; it is not in PostgreSQL.`,
    {
      hint: 'Serve without a PostgreSQL database, or move that file away to begin a new market.',
    },
  );

/** All times of a market are counted in its slots. */
function requireSlots(wanted: number | undefined, are: number): void {
  if (wanted === undefined || wanted === are) return;
  throw new BullionError(
    'conflict',
    'market_slot_fixed',
    `The slots of this market are ${are / 1000} s; they cannot become ${wanted / 1000} s.`,
    { hint: 'Leave out --market-slot, or begin a new market in another home: --home FOLDER.' },
  );
}

async function assemble(
  db: Context['db'],
  where: string,
  secrets: SecretBox,
  options: MarketOptions,
): Promise<MarketService> {
  const { logger, slotMs, clock = Date.now, batchMs = 60_000, checkMs = 1000 } = options;
  const events = new Events(db as never);
  const config = { ...options.config, ...(slotMs !== undefined && { slotMs }) };
  const desk = new Desk(db, events, config, clock, { log: logger, where });
  await desk.open();
  const isolation = connect(options.isolation);
  requireSlots(slotMs, desk.market.state.config.slotMs);
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
