/** `bullion serve`, from the start to the signal that ends it. */
import { once } from 'node:events';
import { createLogger } from '@bullion/service';
import type { Cli } from '../cli.ts';
import { logFile, makeServiceFolder, writePid } from './home.ts';
import type { ServeOptions, ServiceName } from './options.ts';
import { serveInsideRack } from './rack-inside.ts';
import { serveOnRack } from './rack-outside.ts';
import { listenAt, openServices } from './services.ts';
import { operatorTokenFile } from './tokens.ts';

/** What programs are told when all is up. */
export type Ready = {
  ready: true;
  url: string;
  services: ServiceName[];
  home: string;
  log: string;
  pid: number;
};

/** Returns when the signal of `cli` is aborted and everything is closed. */
export async function serve(cli: Cli, asked: ServeOptions): Promise<void> {
  const options = withoutWhatCannotBe(cli, asked);
  makeServiceFolder(cli.home);
  const log = options.log ?? logFile(cli.home);
  if (options.insideRack) return await serveInsideRack(cli, options, log);
  if (options.rack !== undefined) return await serveOnRack(cli, { ...options, rack: options.rack }, log);
  const running = await openServices({
    home: cli.home,
    logger: createLogger(undefined, log === '-' ? 2 : log),
    services: options.services,
    boot: options.boot,
    isolationUrl: options.isolationUrl,
    importFrom: options.importFrom,
    wipe: options.wipe,
    storage: options.storage,
    database: options.database,
    serviceToken: cli.io.env.BULLION_SERVICE_TOKEN,
    market: options.market,
    listen: listenAt(options.listen),
  });
  const forget = writePid(cli.home);
  try {
    sayReady(cli, { url: running.url, services: running.services, log });
    if (!cli.signal.aborted) await once(cli.signal, 'abort');
    cli.note('Closing; what is not finished goes on at the next start.');
  } finally {
    await running.close();
    forget();
  }
}

/** Without a network to boot over the others are of use by themselves. */
function withoutWhatCannotBe(cli: Cli, options: ServeOptions): ServeOptions {
  const { services, boot } = options;
  if (boot !== undefined || !services.has('isolation') || !services.has('provisioning')) return options;
  cli.note(
    'No --boot-interface and no --rack: nodes cannot boot, so the provisioning service is not served.',
  );
  return { ...options, services: new Set([...services].filter((name) => name !== 'provisioning')) };
}

export function sayReady(cli: Cli, about: Pick<Ready, 'url' | 'services' | 'log'>): void {
  const value: Ready = { ready: true, ...about, home: cli.home, pid: process.pid };
  const names = new Intl.ListFormat('en').format(about.services);
  cli.result(
    value,
    [
      `Bullion is ready at ${about.url}: ${names}.`,
      `  token  ${operatorTokenFile(cli.home)} (the operator's; used by bullion on this machine)`,
      `  log    ${about.log === '-' ? 'standard error' : about.log}`,
      '  Ctrl-C ends it.',
    ].join('\n'),
  );
}
