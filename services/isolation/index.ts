/** How the isolation service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type App,
  authenticate,
  Changes,
  createApp,
  Events,
  insertToken,
  type Logger,
  migrate,
  Oidc,
  type OidcOptions,
  Operations,
  openDatabase,
  rememberCallers,
  requireToken,
  SecretBox,
  SharedReads,
  Strangers,
} from '@bullion/service';
import { addRoutes } from './api.ts';
import { defineAttachments } from './attachments.ts';
import { defineRepair } from './cabling/drift.ts';
import { addCablingRoutes } from './cabling/routes.ts';
import { Consoles } from './consoles/consoles.ts';
import type { ConsoleOptions } from './consoles/options.ts';
import { addConsoleRoutes } from './consoles/routes.ts';
import { acceptStreams, addConsoleStream, ticketOf } from './consoles/stream-routes.ts';
import { type Context, type Database, DEFAULT_LIMITS, type Limits } from './context.ts';
import { bmcDrivers, switchDrivers } from './drivers/index.ts';
import { addHardwareRoutes } from './hardware/routes.ts';
import { createLeaseClock, type LeaseClockOptions } from './leases/clock.ts';
import { addLeaseRoutes } from './leases/routes.ts';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';
import { defineRelease } from './release.ts';
import { migrations } from './store/migrations.ts';
import type { IsolationSchema } from './store/schema.ts';
import { addV0, v0Migrations } from './v0/index.ts';
import { askHooks } from './wiping/hooks.ts';
import { addWipingRoutes } from './wiping/routes.ts';

export type { Context } from './context.ts';

export type IsolationOptions = {
  /** Where the database, the key and the console logs are kept. */
  folder: string;
  /** The `postgres://` URL of the database, where it is not a file in the folder. */
  database?: string | undefined;
  logger: Logger;
  vlanPool?: Context['vlanPool'];
  reconciler?: Partial<ReconcilerOptions>;
  consoles?: Partial<ConsoleOptions>;
  limits?: Partial<Limits>;
  leases?: Partial<LeaseClockOptions>;
  /** The OpenID Connect issuer whose tokens are taken too. */
  oidc?: OidcOptions | undefined;
  /** For tests: other drivers than the real ones. */
  drivers?: Partial<Pick<Context, 'switchDrivers' | 'bmcDrivers'>>;
  /** For tests: another clock than the machine's. */
  clock?: Context['clock'] | undefined;
};

export type Isolation = {
  app: App;
  context: Context;
  /** Makes a token for another service or another operator. Returned once; only its hash is kept. */
  createToken(role: 'admin' | 'operator' | 'service' | 'auditor', label: string): Promise<string>;
  close(): Promise<void>;
};

/** Opens the database, doubts what was believed about the hardware, reads it anew, and goes on with what was begun. */
export async function openIsolation(options: IsolationOptions): Promise<Isolation> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const file = join(folder, 'isolation.db');
  // The key is older than the database: with a database and no key, the key was lost.
  const openSecrets = (create: boolean) => SecretBox.open(join(folder, 'secret.key'), { create });
  const ofFile = options.database === undefined ? openSecrets(!existsSync(file)) : undefined;
  const db = openDatabase<IsolationSchema>(options.database ?? file);
  try {
    const secrets = ofFile ?? openSecrets((await db.introspection.getTables()).length === 0);
    await migrate(db as never, 'isolation', migrations);
    await migrate(db as never, 'isolation_v0', v0Migrations);
    return await start(db, secrets, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function start(db: Database, secrets: SecretBox, options: IsolationOptions): Promise<Isolation> {
  const { folder, logger, drivers } = options;
  const events = new Events(db as never);
  const context: Context = {
    db,
    changes: new Changes(db, secrets, events),
    events,
    operations: new Operations(db as never, logger),
    secrets,
    log: logger,
    switchDrivers: drivers?.switchDrivers ?? switchDrivers,
    bmcDrivers: drivers?.bmcDrivers ?? bmcDrivers,
    vlanPool: options.vlanPool ?? { first: 1000, last: 2999 },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    readings: new SharedReads(),
    clock: options.clock ?? Date.now,
  };
  const { operations, changes } = context;
  const reconciler = new Reconciler(context, options.reconciler);
  const consoles = new Consoles(context, join(folder, 'consoles'), options.consoles);
  defineAttachments(context, reconciler);
  defineRelease(context, reconciler, consoles, askHooks(context));
  defineRepair(context, reconciler);
  const leaseClock = createLeaseClock(context, reconciler, consoles, options.leases);

  const oidc = options.oidc && new Oidc(options.oidc);
  const known = rememberCallers(
    db as never,
    ['tokens', 'users', 'members'],
    (credentials, scheme) => authenticate(db, oidc, credentials, scheme),
    // That the issuer forgot somebody is told to nobody.
    ({ id }) => !id.startsWith('oidc/'),
  );
  const app = await createApp({
    name: 'isolation',
    title: 'Bullion isolation service',
    logger,
    onRefusal: (request, error) => changes.refuse(request, error),
  });
  await acceptStreams(app);
  const strangers = new Strangers(changes, logger);
  const onStranger = (address: string) => strangers.count(address);
  requireToken(app, known, {
    basic: true,
    instead: (request) => ticketOf(consoles, request),
    onStranger,
  });
  const parts = { app, context, reconciler, consoles, authenticate: known, onStranger };
  addRoutes(parts);
  addConsoleRoutes(parts);
  addConsoleStream(parts);
  addCablingRoutes(parts);
  addHardwareRoutes(parts);
  addWipingRoutes(parts);
  addLeaseRoutes(parts, leaseClock);
  addV0(parts);
  await reconciler.start();
  await consoles.start();
  await operations.resume();
  leaseClock.start();
  return {
    app,
    context,
    createToken: (role, label) =>
      changes.own(`make a token of the role ${role}: ${label}`, async ({ trx }) => {
        return (await insertToken(trx, { role, label })).token;
      }),
    async close() {
      // First what requests may be waiting for, then the requests, then what they use.
      await leaseClock.close();
      await operations.close();
      events.close();
      await consoles.close();
      await app.close();
      await reconciler.close();
      await strangers.write();
      await db.destroy();
    },
  };
}
