/** How the isolation service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type App,
  type Authenticate,
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
import { defineAttachments } from './attachments.ts';
import { type ConsoleOptions, Consoles } from './consoles.ts';
import { type Context, type Database, DEFAULT_LIMITS, type Limits } from './context.ts';
import { bmcDrivers, switchDrivers } from './drivers/index.ts';
import { authenticate } from './identity/authenticate.ts';
import { Oidc, type OidcOptions } from './identity/oidc.ts';
import { insertToken } from './identity/tokens.ts';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';
import { defineRelease } from './release.ts';
import { migrations } from './store/migrations.ts';
import type { IsolationSchema } from './store/schema.ts';
import { addV0, v0Migrations } from './v0/index.ts';

export type { Context } from './context.ts';

export type IsolationOptions = {
  /** Where the database, the key and the console logs are kept. */
  folder: string;
  logger: Logger;
  vlanPool?: Context['vlanPool'];
  reconciler?: Partial<ReconcilerOptions>;
  consoles?: Partial<ConsoleOptions>;
  limits?: Partial<Limits>;
  /** The OpenID Connect issuer whose tokens are taken too. */
  oidc?: OidcOptions | undefined;
  /** For tests: other drivers than the real ones. */
  drivers?: Partial<Pick<Context, 'switchDrivers' | 'bmcDrivers'>>;
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
  const secrets = SecretBox.open(join(folder, 'secret.key'), { create: !existsSync(file) });
  const db = openDatabase<IsolationSchema>(file);
  try {
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
  };
  const { operations, changes } = context;
  const reconciler = new Reconciler(context, options.reconciler);
  const consoles = new Consoles(context, join(folder, 'consoles'), options.consoles);
  defineAttachments(context, reconciler);
  defineRelease(context, reconciler, consoles);

  const oidc = options.oidc && new Oidc(options.oidc);
  const known: Authenticate = (credentials, scheme) => authenticate(db, oidc, credentials, scheme);
  const app = await createApp({
    name: 'isolation',
    title: 'Bullion isolation service',
    logger,
    onRefusal: (request, error) => changes.refuse(request, error),
  });
  requireToken(app, known, { basic: true });
  const parts = { app, context, reconciler, consoles, authenticate: known };
  addRoutes(parts);
  addV0(parts);
  await reconciler.start();
  await consoles.start();
  await operations.resume();
  return {
    app,
    context,
    createToken: (role, label) =>
      changes.own(`make a token of the role ${role}: ${label}`, async (trx) => {
        return (await insertToken(trx, { role, label })).token;
      }),
    async close() {
      // First what requests may be waiting for, then the requests, then what they use.
      await operations.close();
      events.close();
      await consoles.close();
      await app.close();
      await reconciler.close();
      await db.destroy();
    },
  };
}
