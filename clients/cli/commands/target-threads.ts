/** `bullion target` with several files: targets spread over threads behind one portal. */
import { type FileTarget, type Portal, type ServeOptions, ThreadedServer, trafficText } from '@bullion/iscsi';
import type { Cli } from '../cli.ts';

const FIRST_NAME = 'iqn.2026-01.org.bullion:disk';

export type ThreadedTargets = ServeOptions & { files: readonly string[]; threads: number };

/** Until Ctrl-C. */
export async function serveThreaded(cli: Cli, options: ThreadedTargets): Promise<void> {
  const { files, threads, listen, name = FIRST_NAME, observe: _, ...common } = options;
  const server = await ThreadedServer.start({ threads, listen: [listen].flat() });
  try {
    const targets: FileTarget[] = files.map((file, i) => ({
      ...common,
      file,
      name: i === 0 ? name : `${name}-${i + 1}`,
    }));
    for (const target of targets) await server.addTarget(target);
    warnIfOpen(cli, server.portals, common.chap !== undefined);
    server.on('login', ({ initiator, target, from }) =>
      cli.note(`${initiator} logged in to ${target ?? 'discovery'} from ${from}.`),
    );
    server.on('logout', ({ initiator, target, reason }) =>
      cli.note(`${initiator} is gone from ${target ?? 'discovery'} (${reason}).`),
    );
    server.on('login_refused', ({ initiator, from, reason }) =>
      cli.note(`Refused ${initiator || 'a login'} from ${from}: ${reason}`),
    );
    server.on('thread_restarted', ({ reason, targets: own, lost }) => {
      cli.note(`A thread crashed and is back, with ${own.join(', ')}: ${reason}`);
      for (const [target, why] of lost) cli.note(`${target} is not served any more: ${why}`);
    });
    const { host, port } = server.portals[0]!;
    const at = host.includes(':') ? `[${host}]` : host;
    const urls = targets.map((target) => `iscsi://${at}:${port}/${target.name}/0`);
    const listed = targets.map((target, i) => ({ url: urls[i], target: target.name, file: target.file }));
    cli.result({ targets: listed, portals: server.portals, threads }, urls.join('\n'));
    await interrupted(cli.signal);
  } finally {
    const figures = await server.accounting();
    cli.note('Ending sessions and flushing the disks.');
    await server.close();
    cli.note('Everything written is on stable storage.');
    for (const { target, timeline } of figures) cli.note(`${target}\n${trafficText(timeline)}`);
  }
}

/** Without a secret an address that others can reach is worth a word. */
export function warnIfOpen(cli: Cli, portals: readonly Portal[], asksSecret: boolean): void {
  const open = portals.filter(({ host }) => !/^(127\.|::1$)/.test(host));
  if (asksSecret || open.length === 0) return;
  const where = open.map(({ host, port }) => `${host}:${port}`).join(', ');
  cli.note(`Whoever reaches ${where} can use this disk: an initiator's name is no proof. Think of --chap.`);
}

export const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
