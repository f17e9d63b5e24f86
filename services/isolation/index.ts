/** How the isolation service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type App,
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
import { awaitPorts, type PortsInput } from './attachments.ts';
import { Consoles } from './consoles.ts';
import type { Context } from './context.ts';
import { bmcDrivers, switchDrivers } from './drivers/index.ts';
import { authenticate, createToken } from './projects.ts';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';
import { defineRelease } from './release.ts';
import { migrations } from './store/migrations.ts';
import type { IsolationSchema } from './store/schema.ts';

export type { Context } from './context.ts';

export type IsolationOptions = {
  /** Where the database, the key and the console logs are kept. */
  folder: string;
  logger: Logger;
  vlanPool?: Context['vlanPool'];
  reconciler?: Partial<ReconcilerOptions>;
  /** For tests: other drivers than the real ones. */
  drivers?: Partial<Pick<Context, 'switchDrivers' | 'bmcDrivers'>>;
};

export type Isolation = {
  app: App;
  context: Context;
  /** Makes a token for another service or another operator. Returned once; only its hash is kept. */
  createToken(role: 'operator' | 'service', label: string): Promise<string>;
  close(): Promise<void>;
};

/** Opens the database, forgets what was believed about the hardware, reads it anew, and goes on with what was begun. */
export async function openIsolation(options: IsolationOptions): Promise<Isolation> {
  const { folder, logger } = options;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const db = openDatabase<IsolationSchema>(join(folder, 'isolation.db'));
  await migrate(db as never, 'isolation', migrations);
  const context: Context = {
    db,
    events: new Events(db as never),
    operations: new Operations(db as never, logger),
    secrets: SecretBox.open(join(folder, 'secret.key')),
    log: logger,
    switchDrivers: options.drivers?.switchDrivers ?? switchDrivers,
    bmcDrivers: options.drivers?.bmcDrivers ?? bmcDrivers,
    vlanPool: options.vlanPool ?? { first: 1000, last: 2999 },
  };
  const reconciler = new Reconciler(context, options.reconciler);
  const consoles = new Consoles(context, join(folder, 'consoles'));
  const followPorts = (kind: string) =>
    context.operations.define<PortsInput>(kind, (operation) =>
      awaitPorts(reconciler, operation, operation.input.ports),
    );
  followPorts('nic.attach');
  followPorts('nic.detach');
  defineRelease(context, reconciler, consoles);

  const app = await createApp({ name: 'isolation', title: 'Bullion isolation service', logger });
  requireToken(app, (token) => authenticate(db, token));
  addRoutes(app, context, reconciler, consoles);
  await reconciler.start();
  await consoles.start();
  await context.operations.resume();
  return {
    app,
    context,
    createToken: (role, label) => createToken(db, role, null, label),
    async close() {
      await app.close();
      await context.operations.close();
      await reconciler.close();
      await consoles.close();
      await db.destroy();
    },
  };
}
