/**
 * `bullion serve --rack`, the half that stays in the host's network. It opens the port there and hands it, as an open
 * socket, to the half that runs on the rack's operator machine: a socket keeps the network that it was opened in, so
 * requests from the host reach a process that itself sees nothing but the rack.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { BullionError, type ErrorKind } from '@bullion/service/errors';
import { type Cli, REPOSITORY } from '../cli.ts';
import { lockServices, writePid } from './home.ts';
import { open, urlOf } from './listen.ts';
import type { ServeOptions, ServiceName } from './options.ts';
import { sayReady } from './serve.ts';

/** What the inner half says. */
export type FromInside =
  | { listening: true }
  | { ready: true; services: ServiceName[] }
  | { failed: { kind: ErrorKind; code: string; message: string; hint: string | undefined } };

/** The services may take so long to open; a large database is checked at the start. */
const READY_MS = 120_000;
const CLOSE_MS = 20_000;

export async function serveOnRack(
  cli: Cli,
  options: ServeOptions & { rack: string },
  log: string,
): Promise<void> {
  // Told here as well as there: the port would otherwise be the first thing in the way.
  lockServices(cli.home).release();
  const port = createServer();
  await open(port, options.listen);
  const url = urlOf(port);
  const inner = await startInside(cli, options, log);
  const forget = writePid(cli.home);
  const stop = () => inner.kill('SIGTERM');
  cli.signal.addEventListener('abort', stop, { once: true });
  try {
    // The socket goes first and is closed here at once, or this half would take requests that nobody answers.
    inner.send({ port: true }, port);
    const services = await untilReady(inner, () => port.close());
    sayReady(cli, { url, services, log });
    await ended(inner);
    if (!cli.signal.aborted) throw lost(options.rack, log);
    cli.note('Closed; what is not finished goes on at the next start.');
  } catch (error) {
    // Ctrl-C before all was up: that the services ended then is what was asked for.
    if (!cli.signal.aborted) throw error;
  } finally {
    cli.signal.removeEventListener('abort', stop);
    port.close();
    await end(inner);
    forget();
  }
}

async function startInside(
  cli: Cli,
  options: ServeOptions & { rack: string },
  log: string,
): Promise<ChildProcess> {
  const { enter } = await import('@bullion/rack');
  const boot = options.boot!;
  const [program, ...args] = [
    ...enter(options.rack),
    // The kernel ends it with this process, however this one ends; setpriv comes last, as the bond does not
    // outlive a change of identity.
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...[process.execPath, '--disable-warning=ExperimentalWarning', join(REPOSITORY, 'clients/cli/bin.ts')],
    ...['serve', ...options.services, '--inside-rack', '--json', '--home', cli.home, '--log', log],
    // Within the rack's network the port is always free, and the provisioning service calls the isolation service there.
    ...['--listen', '127.0.0.1:7070'],
    ...['--boot-interface', boot.interface, '--boot-address', `${boot.address}/${boot.prefix}`],
    ...['--boot-network', boot.network],
    ...(boot.bootsAtOnce === undefined ? [] : ['--boots-at-once', String(boot.bootsAtOnce)]),
    ...['--dhcp', boot.dhcp],
    ...(boot.dhcp6 ? ['--dhcp6'] : []),
    ...(boot.allowOtherDhcp ? ['--allow-other-dhcp'] : []),
    ...['--wipe', options.wipe],
    ...(options.importFrom ?? []).flatMap((place) => ['--import-from', place]),
    ...(options.market.slotMs === undefined ? [] : ['--market-slot', `${options.market.slotMs / 1000}s`]),
    ...['--market-batch', `${options.market.batchMs / 1000}s`],
    ...(options.storage === undefined ? [] : ['--storage', options.storage]),
    ...(options.isolationUrl === undefined ? [] : ['--isolation-url', options.isolationUrl]),
  ];
  return spawn(program!, args, {
    env: {
      ...cli.io.env,
      BULLION_OUTER_PID: String(process.pid),
      ...(options.database === undefined ? {} : { BULLION_DATABASE: options.database }),
    },
    // What goes wrong before it can speak for itself is seen on standard error.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function untilReady(inner: ChildProcess, onListening: () => void): Promise<ServiceName[]> {
  const { promise, resolve, reject } = Promise.withResolvers<ServiceName[]>();
  const timer = setTimeout(
    () =>
      reject(
        new BullionError(
          'timeout',
          'serve_timeout',
          `The services were not up within ${READY_MS / 1000} s.`,
          {
            hint: 'Its log says what it waited for.',
          },
        ),
      ),
    READY_MS,
  );
  inner.on('message', (message: FromInside) => {
    if ('listening' in message) onListening();
    else if ('ready' in message) resolve(message.services);
    else {
      const { kind, code, message: text, hint } = message.failed;
      reject(new BullionError(kind, code, text, { hint }));
    }
  });
  inner.on('error', (cause) =>
    reject(
      new BullionError(
        'unavailable',
        'serve_failed',
        `The services could not be started: ${cause.message}.`,
        { cause },
      ),
    ),
  );
  inner.on('exit', (code, signal) =>
    reject(
      new BullionError(
        'unavailable',
        'serve_failed',
        `The services ended (${signal ?? `code ${code}`}) before they were up.`,
        {
          hint: 'See what they printed above, and their log.',
        },
      ),
    ),
  );
  return await promise.finally(() => clearTimeout(timer));
}

async function ended(inner: ChildProcess): Promise<void> {
  if (inner.exitCode === null && inner.signalCode === null) await once(inner, 'exit');
}

/** Asks, waits, and then does not ask. */
async function end(inner: ChildProcess): Promise<void> {
  if (inner.pid === undefined || inner.exitCode !== null || inner.signalCode !== null) return;
  inner.kill('SIGTERM');
  const timer = setTimeout(() => inner.kill('SIGKILL'), CLOSE_MS);
  await ended(inner);
  clearTimeout(timer);
}

const lost = (rack: string, log: string) =>
  new BullionError('internal', 'serve_ended', `The services on the rack "${rack}" have ended.`, {
    hint: `Is the rack still up? See \`bullion rack status\`${log === '-' ? '' : `, and the end of ${log}`}.`,
  });
