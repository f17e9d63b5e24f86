/** Opens the services in this process, in the order in which they need one another, and closes them in the other. */
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '@bullion/provisioning';
import type { Logger } from '@bullion/service';
import { BullionError, messageOf } from '@bullion/service/errors';
import { type DebianPackage, installCommand, missingFor, type Part } from '../debian-packages.ts';
import { Front } from './front.ts';
import { lockServices, serviceFolder } from './home.ts';
import { type Listen, open, urlOf } from './listen.ts';
import { readOidc } from './oidc.ts';
import type { BootLeg, ServiceName } from './options.ts';
import { ensureToken, marketTokenFile, operatorTokenFile, readToken, serviceTokenFile } from './tokens.ts';
import { wipeAt } from './wipe-hook.ts';

/** For boot scripts, kernels and reports, and for disks: on the network that nodes boot over. */
const NODE_HTTP_PORT = 7080;
const ISCSI_PORT = 3260;

/** A part that does not close within this time is left behind; what it began goes on at the next start. */
const CLOSE_MS = 5000;

export type OpenOptions = {
  home: string;
  logger: Logger;
  services: ReadonlySet<ServiceName>;
  boot: BootLeg | undefined;
  isolationUrl: string | undefined;
  importFrom: string[] | undefined;
  wipe: Policy;
  storage: string | undefined;
  /** A PostgreSQL URL for the isolation service and the market; a file in the folder of each where there is none. */
  database: string | undefined;
  serviceToken: string | undefined;
  market: { slotMs: number | undefined; batchMs: number };
  /** Opens the ports; called when the isolation service can answer. */
  listen: (front: Front) => Promise<string>;
};

export type Running = { url: string; services: ServiceName[]; close(): Promise<void> };

type Closer = { what: string; close: () => unknown };

export async function openServices(options: OpenOptions): Promise<Running> {
  const { home, logger, services, boot } = options;
  requirePackages(
    services.has('provisioning') && options.storage?.startsWith('ceph:')
      ? [...services, 'ceph']
      : [...services],
  );
  if (services.has('provisioning')) requireLeg(boot);
  const closers: Closer[] = [];
  const close = () => closeAll(closers, logger);
  try {
    const lock = lockServices(home);
    closers.push({ what: 'the lock', close: () => lock.release() });
    const front = new Front();
    let wiped: ((url: string) => Promise<void>) | undefined;
    let serviceToken = options.serviceToken ?? readToken(serviceTokenFile(home));
    let marketToken = options.serviceToken ?? readToken(marketTokenFile(home));
    if (services.has('isolation')) {
      const { openIsolation } = await import('@bullion/isolation');
      const isolation = await openIsolation({
        folder: join(serviceFolder(home), 'isolation'),
        database: options.database,
        logger,
        oidc: readOidc(home),
      });
      closers.push({ what: 'the isolation service', close: () => isolation.close() });
      await ensureToken(isolation, operatorTokenFile(home), 'admin', 'made by bullion serve');
      serviceToken = await ensureToken(isolation, serviceTokenFile(home), 'service', 'provisioning');
      marketToken = await ensureToken(isolation, marketTokenFile(home), 'service', 'market');
      await front.add('isolation', isolation.app);
      wiped = (at) => wipeAt(isolation.app, home, at, serviceToken!);
    }
    closers.push({ what: 'the HTTP server', close: () => front.close() });
    const url = await options.listen(front);
    if (services.has('provisioning')) {
      const isolation = {
        url: services.has('isolation') ? url : requireIsolationUrl(options.isolationUrl),
        token: requireServiceToken(serviceToken, home),
      };
      const { openProvisioning, parseStorage } = await import('@bullion/provisioning');
      const { network, ...leg } = boot!;
      const provisioning = await openProvisioning({
        folder: join(serviceFolder(home), 'provisioning'),
        logger,
        network: { name: network, ...leg, httpPort: NODE_HTTP_PORT, iscsiPort: ISCSI_PORT },
        isolation,
        importFrom: options.importFrom,
        wipes: { policy: options.wipe },
        storage: options.storage === undefined ? undefined : parseStorage(options.storage),
      });
      closers.push({ what: 'the provisioning service', close: () => provisioning.close() });
      await provisioning.start();
      await front.add('provisioning', provisioning.app);
      await wiped?.(url);
    }
    if (services.has('market')) {
      const isolation = {
        url: services.has('isolation') ? url : requireIsolationUrl(options.isolationUrl),
        token: requireServiceToken(marketToken, home),
      };
      const { openMarket } = await import('@bullion/market');
      const { slotMs, batchMs } = options.market;
      const folder = join(serviceFolder(home), 'market');
      const market = await openMarket({
        ...{ folder, logger, isolation, slotMs, batchMs },
        database: options.database,
      });
      closers.push({ what: 'the market', close: () => market.close() });
      market.start();
      await front.add('market', market.app);
    }
    return { url, services: [...services], close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The last one opened first; each within a time. */
async function closeAll(closers: Closer[], logger: Logger): Promise<void> {
  for (const { what, close } of closers.splice(0).reverse()) {
    const late = sleep(CLOSE_MS, 'late', { ref: false });
    const ended = await Promise.race([Promise.resolve().then(close), late]).catch(messageOf);
    if (typeof ended === 'string') logger.warn({ what, why: ended }, 'not closed in good order');
  }
}

function requirePackages(parts: readonly Part[]): void {
  const missing: DebianPackage[] = missingFor(parts);
  if (missing.length === 0) return;
  const named = missing.map((each) => `${each.package} (${each.why})`).join(', ');
  throw new BullionError(
    'unavailable',
    'service_packages_missing',
    `The services need Debian packages that this machine lacks: ${named}.`,
    {
      hint: `Install them: ${installCommand(missing)}`,
      details: { packages: missing.map((each) => each.package) },
    },
  );
}

function requireLeg(boot: BootLeg | undefined): asserts boot is BootLeg {
  if (boot === undefined) {
    throw new BullionError(
      'invalid',
      'boot_leg_missing',
      'The provisioning service needs a network that nodes boot over.',
      { hint: 'Give --rack NAME, or --boot-interface and --boot-address.' },
    );
  }
  const interfaces = networkInterfaces();
  const found = interfaces[boot.interface];
  if (found?.some(({ address }) => address === boot.address)) return;
  const has = found?.map(({ address }) => address).join(', ');
  throw new BullionError(
    'invalid',
    'boot_leg_absent',
    found === undefined
      ? `This machine has no interface "${boot.interface}" that is up with an address.`
      : `The interface "${boot.interface}" has not the address ${boot.address}, but ${has}.`,
    {
      hint:
        found === undefined
          ? `There is: ${Object.keys(interfaces).join(', ')}.`
          : `Set it: ip address add ${boot.address}/${boot.prefix} dev ${boot.interface}`,
    },
  );
}

function requireIsolationUrl(url: string | undefined): string {
  if (url !== undefined) return url;
  throw new BullionError(
    'invalid',
    'isolation_url_missing',
    'This service by itself needs an isolation service somewhere else.',
    { hint: 'Give its address with --isolation-url, or serve both: bullion serve.' },
  );
}

function requireServiceToken(token: string | undefined, home: string): string {
  if (token !== undefined) return token;
  throw new BullionError(
    'unauthenticated',
    'service_token_missing',
    'This service has no token for the isolation service.',
    {
      hint: `Its operator's \`bullion serve\` keeps one in service-token in its home; put it in BULLION_SERVICE_TOKEN or ${serviceTokenFile(home)}.`,
    },
  );
}

/** Opens the port that was asked for, and returns its address. */
export const listenAt =
  (listen: Listen) =>
  async (front: Front): Promise<string> => {
    const server = front.server();
    await open(server, listen);
    return urlOf(server);
  };
