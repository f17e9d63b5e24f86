/** How the provisioning service is put together. */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@bullion/sdk';
import {
  type App,
  type Authenticate,
  Changes,
  createApp,
  Events,
  type Logger,
  messageOf,
  migrate,
  Operations,
  openDatabase,
  requireToken,
  SecretBox,
} from '@bullion/service';
import { addTrafficRoutes } from './api/traffic.ts';
import { addRoutes } from './api.ts';
import { askIsolation } from './authenticate.ts';
import { defineEnd } from './boot-end.ts';
import { defineBoot } from './boot-operation.ts';
import { type BootParts, livingHosts, openExport } from './boot-parts.ts';
import { livingBoots } from './boots.ts';
import type { BootNetwork, Context, Database } from './context.ts';
import { Copies } from './copies.ts';
import { Dhcp } from './dhcp/dnsmasq.ts';
import { noteOthers, requireNoOthers } from './dhcp/others/preflight.ts';
import { ownAddress6 } from './dhcp/own-address6.ts';
import { noteDhcp } from './dhcp/stages.ts';
import { defineExports } from './export/push.ts';
import { Exports } from './exports.ts';
import { Admission } from './fleet/admission.ts';
import { restoreAdmission } from './fleet/admission-order.ts';
import { Capacity, linkSpeed } from './fleet/capacity.ts';
import { defineGroups } from './fleet/group-operations.ts';
import { defineReplacement } from './fleet/replace.ts';
import { clearUp } from './garbage.ts';
import { defineCopy } from './image-changes.ts';
import { FetchGuard } from './import/guard.ts';
import { defineImport } from './import/import-operation.ts';
import { Layers } from './layers.ts';
import { addM2 } from './m2/face.ts';
import { NodeServer } from './node-server.ts';
import { SanStages } from './san-stages.ts';
import { defineRun } from './scripts/run-operation.ts';
import { Slots } from './scripts/slots.ts';
import { defineSeal, defineVerify } from './seal.ts';
import { Stages } from './stages.ts';
import { openStorage, type StorageChoice } from './storage/choice.ts';
import type { Login } from './storage/storage.ts';
import { migrations } from './store/migrations.ts';
import type { ProvisioningSchema } from './store/schema.ts';
import { Sweeper } from './sweeper.ts';
import { TrafficRecorder } from './traffic/recorder.ts';
import type { Policy } from './wipes/wipe.ts';
import { defineWipe } from './wipes/wipe-operation.ts';

export type { BootNetwork } from './context.ts';
export { type DhcpServer, findDhcpServers, hidesForeigners } from './dhcp/others/find.ts';
export { anyGivesAddresses, describeServer, isInTheWay } from './dhcp/others/preflight.ts';
export { parseStorage, type StorageChoice } from './storage/choice.ts';
export type { Policy } from './wipes/wipe.ts';

export type ProvisioningOptions = {
  /** Where the database and the boot files are kept. */
  folder: string;
  /** Where images and volumes are kept. Default: in `folder`. */
  storage?: StorageChoice | undefined;
  logger: Logger;
  network: BootNetwork;
  isolation: {
    url: string;
    /** Of the role `service`, given by the operator of the isolation service. */
    token: string;
  };
  /** Which hosts images may be fetched from (`FetchGuard`); every public address by default. */
  importFrom?: readonly string[] | undefined;
  /** Scripts on images: QEMU, and how many of its guests run at a time. */
  scripts?: { qemu?: string; atOnce?: number; memoryMiB?: number } | undefined;
  /** What becomes of the disks of released nodes (wipes/wipe.ts): `quick` by default, with the image `wiper`. */
  wipes?: { policy?: Policy; image?: string } | undefined;
  bootTimeoutMs?: number;
  lookMs?: number;
  sweepMs?: number;
  softOffMs?: number;
};

export type Provisioning = {
  app: App;
  /** Opens targets, DHCP and boot scripts to the nodes, and goes on with what was begun. The isolation service must answer. */
  start(): Promise<void>;
  /** The iSCSI targets that are open now. */
  targets(): string[];
  close(): Promise<void>;
};

export async function openProvisioning(options: ProvisioningOptions): Promise<Provisioning> {
  const { folder, logger, network } = options;
  const imagesFolder = join(folder, 'images');
  if (!existsSync(imagesFolder)) mkdirSync(imagesFolder, { recursive: true });
  chmodSync(folder, 0o700);
  const db = openDatabase<ProvisioningSchema>(join(folder, 'provisioning.db'));
  await migrate(db as never, 'provisioning', migrations);
  // No target is open before `start`.
  const onLogin = (login: Login) => void sanStages.note(login);
  const storage = await countDisks(db)
    .then((disks) => openStorage(options.storage, { folder, log: logger, onLogin }, disks))
    .catch(async (error: unknown) => {
      await db.destroy(); // Or nobody could try again.
      throw error;
    });
  const closing = new AbortController();
  const events = new Events(db as never);
  const secrets = SecretBox.open(join(folder, 'secret.key'));
  const context: Context = {
    db,
    changes: new Changes(db, secrets, events),
    events,
    operations: new Operations(db as never, logger),
    secrets,
    log: logger,
    storage,
    layers: new Layers(storage),
    imagesFolder,
    uploads: new Set(),
    network,
    scripts: {
      slots: new Slots(options.scripts?.atOnce ?? 2),
      qemu: options.scripts?.qemu ?? 'qemu-system-x86_64',
      memoryMiB: options.scripts?.memoryMiB ?? 1024,
    },
    wipes: { policy: options.wipes?.policy ?? 'quick', image: options.wipes?.image ?? 'wiper' },
    guard: new FetchGuard(options.importFrom),
    isolation: connect(options.isolation),
    isolationAs: (credentials) => connect({ url: options.isolation.url, ...credentials }),
    bootTimeoutMs: options.bootTimeoutMs ?? 10 * 60_000,
    lookMs: options.lookMs ?? 5000,
    sweepMs: options.sweepMs ?? 15_000,
    softOffMs: options.softOffMs ?? 60_000,
    closing: closing.signal,
  };
  const stages = new Stages(db);
  const sanStages = new SanStages(context, stages);
  const exports = new Exports(storage);
  const traffic = new TrafficRecorder(context, () => exports.stats());
  exports.onClosing = (stats) => traffic.closing(stats);
  const address6 = network.dhcp6 ? ownAddress6(network.interface) : undefined;
  const dhcp = new Dhcp({
    network: { ...network, address6 },
    folder: join(folder, 'dhcp'),
    log: logger,
    onEvent: (event) => void noteDhcp(context, stages, event),
  });
  const capacity = new Capacity(linkSpeed(network.interface));
  const admission = new Admission(() => network.bootsAtOnce ?? capacity.bound());
  const parts: BootParts = { exports, dhcp, stages, copies: new Copies(), admission, capacity };
  defineSeal(context);
  defineVerify(context);
  defineImport(context);
  defineRun(context);
  defineCopy(context);
  defineExports(context);
  defineBoot(context, parts);
  defineEnd(context, parts);
  defineGroups(context);
  defineReplacement(context, parts);
  defineWipe(context);
  const nodes = new NodeServer(context, parts, address6);
  const sweeper = new Sweeper(context, parts);
  const known: Authenticate = (token, scheme) => askIsolation(context, { token, scheme });
  const app = await createApp({
    name: 'provisioning',
    title: 'Bullion provisioning service',
    logger,
    onRefusal: (request, error) => context.changes.refuse(request, error),
  });
  requireToken(app, known, { basic: true });
  addRoutes({ app, context, parts, authenticate: known });
  addTrafficRoutes({ app, context, parts, authenticate: known }, traffic);
  addM2({ app, context, parts, authenticate: known });
  return {
    app,
    async start() {
      await clearUp(context);
      // Disks first, and meanwhile: who runs waits for them.
      const open = async () => {
        await reopen(context, parts);
        await exports.listen(network.address, network.iscsiPort);
      };
      // Nodes that boot or run already need this service more than they need to know who else is there.
      const nodesLive = (await livingBoots(db)).length > 0;
      if (nodesLive) void noteOthers(context);
      await Promise.all([open(), nodesLive ? undefined : requireNoOthers(context)]);
      await dhcp.start(await livingHosts(context));
      await nodes.listen();
      await restoreAdmission(context, parts);
      await context.operations.resume();
      sweeper.start();
      traffic.start();
    },
    targets: () => exports.targets(),
    async close() {
      closing.abort();
      // First, since requests may be waiting for operations.
      await context.operations.close();
      events.close();
      await app.close();
      await sweeper.close();
      await nodes.close();
      await dhcp.close();
      await traffic.close();
      try {
        await storage.close();
      } finally {
        await db.destroy();
      }
    },
  };
}

async function countDisks(db: Database): Promise<number> {
  const images = await db.selectFrom('images').select('id').execute();
  const volumes = await db.selectFrom('volumes').select('id').execute();
  return images.length + volumes.length;
}

/** The targets of nodes that run. One that cannot be opened concerns its own node; the sweeper tries it again. */
async function reopen(context: Context, parts: BootParts): Promise<void> {
  for (const boot of await livingBoots(context.db)) {
    if (boot.state !== 'running') continue;
    try {
      await openExport(context, parts, boot);
    } catch (error) {
      const { node, volume } = boot;
      context.log.error({ node, volume, error: messageOf(error) }, 'the disk of a running node is not open');
    }
  }
}
