/** How the provisioning service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@bullion/sdk';
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
import { VolumeStore } from '@bullion/volumes';
import { addRoutes } from './api.ts';
import { askIsolation } from './authenticate.ts';
import { type BootParts, defineBoot, defineEnd, dhcpHost, openExport } from './boot-operation.ts';
import { livingBoots } from './boots.ts';
import type { BootNetwork, Context } from './context.ts';
import { Dhcp } from './dhcp/dnsmasq.ts';
import { noteDhcp } from './dhcp/stages.ts';
import { Exports } from './exports.ts';
import { collectGarbage } from './garbage.ts';
import { defineSeal, defineVerify } from './images.ts';
import { NodeServer } from './node-server.ts';
import { Stages } from './stages.ts';
import { migrations } from './store/migrations.ts';
import type { ProvisioningSchema } from './store/schema.ts';
import { Sweeper } from './sweeper.ts';

export type { BootNetwork } from './context.ts';

export type ProvisioningOptions = {
  /** Where the database, the volumes and the images are kept. */
  folder: string;
  logger: Logger;
  network: BootNetwork;
  isolation: {
    url: string;
    /** Of the role `service`, given by the operator of the isolation service. */
    token: string;
  };
  bootTimeoutMs?: number;
};

export type Provisioning = {
  app: App;
  /** Opens targets, DHCP and boot scripts to the nodes, and goes on with what was begun. The isolation service must answer. */
  start(): Promise<void>;
  close(): Promise<void>;
};

export async function openProvisioning(options: ProvisioningOptions): Promise<Provisioning> {
  const { folder, logger, network } = options;
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const db = openDatabase<ProvisioningSchema>(join(folder, 'provisioning.db'));
  await migrate(db as never, 'provisioning', migrations);
  const store = await VolumeStore.open(join(folder, 'volumes'));
  const context: Context = {
    db,
    events: new Events(db as never),
    operations: new Operations(db as never, logger),
    secrets: SecretBox.open(join(folder, 'secret.key')),
    log: logger,
    store,
    imagesFolder: join(folder, 'images'),
    network,
    isolation: connect(options.isolation),
    isolationAs: (token) => connect({ url: options.isolation.url, token }),
    bootTimeoutMs: options.bootTimeoutMs ?? 10 * 60_000,
  };
  const stages = new Stages(db);
  const exports = new Exports(store, logger);
  const dhcp = new Dhcp({
    network,
    folder: join(folder, 'dhcp'),
    log: logger,
    onEvent: (event) => void noteDhcp(context, stages, event),
  });
  const parts: BootParts = { exports, dhcp, stages };
  defineSeal(context);
  defineVerify(context);
  defineBoot(context, parts);
  defineEnd(context, parts);
  const nodes = new NodeServer(context, stages);
  const sweeper = new Sweeper(context);
  const app = await createApp({ name: 'provisioning', title: 'Bullion provisioning service', logger });
  requireToken(app, (token) => askIsolation(context, token));
  addRoutes(app, context, parts);
  return {
    app,
    async start() {
      await collectGarbage(context);
      const living = await livingBoots(db);
      for (const boot of living) if (boot.state === 'running') await openExport(context, parts, boot);
      await exports.listen(network.address, network.iscsiPort);
      await dhcp.start(
        living.filter((boot) => boot.state !== 'ending').map((boot) => dhcpHost(context, boot)),
      );
      await nodes.listen();
      await context.operations.resume();
      sweeper.start();
    },
    async close() {
      await app.close();
      await sweeper.close();
      await context.operations.close();
      await nodes.close();
      await dhcp.close();
      await exports.close();
      await store.close();
      await db.destroy();
    },
  };
}
