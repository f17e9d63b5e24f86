/** `bullion serve --rack`, the half on the rack's operator machine: it runs the services for the half outside. */
import { once } from 'node:events';
import type { Server } from 'node:net';
import { createLogger } from '@bullion/service';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Cli } from '../cli.ts';
import type { ServeOptions } from './options.ts';
import type { FromInside } from './rack-outside.ts';
import { listenAt, openServices } from './services.ts';

const tell = (message: FromInside) => process.send?.(message);

export async function serveInsideRack(cli: Cli, options: ServeOptions, log: string): Promise<void> {
  // The other half may have died before the kernel was told to end this one with it.
  if (cli.io.env.BULLION_OUTER_PID !== String(process.ppid) || !process.send)
    throw new BullionError('invalid', 'usage', '--inside-rack is for `bullion serve --rack` only.');
  const [, port] = (await once(process, 'message')) as [unknown, Server];
  try {
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
      listen: async (front) => {
        front.server().listen(port);
        tell({ listening: true });
        return await listenAt(options.listen)(front);
      },
    });
    try {
      tell({ ready: true, services: running.services });
      const gone = new AbortController();
      process.once('disconnect', () => gone.abort());
      const over = AbortSignal.any([cli.signal, gone.signal]);
      if (!over.aborted) await once(over, 'abort');
    } finally {
      await running.close();
    }
  } catch (error) {
    const { kind, code, hint } =
      error instanceof BullionError
        ? error
        : { kind: 'internal' as const, code: 'internal', hint: undefined };
    tell({ failed: { kind, code, message: messageOf(error), hint } });
    throw error;
  }
}
