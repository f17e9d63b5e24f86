/** Runs in a thread of its own: a whole server, with its listener and its disks, that takes orders from the main thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { type DiskFile, openDiskFile } from '../disks/disk-file.ts';
import { foldName } from '../names.ts';
import { IscsiServer } from '../server.ts';
import {
  type FromThread,
  failureOf,
  type Order,
  type Orders,
  type ThreadOptions,
  type ToThread,
} from './messages.ts';

const server = new IscsiServer();
const files = new Map<string, DiskFile>();
const tell = (message: FromThread): void => parentPort!.postMessage(message);

type Handlers = { [Name in Order]: (...values: Parameters<Orders[Name]>) => unknown };

const handlers: Handlers = {
  async add({ file, ...target }) {
    const opened = await openDiskFile(file, target.readOnly ?? false);
    try {
      server.addTarget({ ...target, disk: opened.disk, reservations: opened.reservations });
    } catch (error) {
      await opened.close();
      throw error;
    }
    files.set(foldName(target.name), opened);
  },
  async remove(name, graceMs) {
    const opened = files.get(foldName(name));
    files.delete(foldName(name));
    await server.removeTarget(name, { graceMs }).finally(() => opened?.close());
  },
  limit: (name, limits) => server.limit(name, limits),
  accounting: () => server.accounting(),
  async close() {
    try {
      await server.close();
    } finally {
      await Promise.all([...files.values()].map((file) => file.close()));
    }
  },
};

server.on('login', (info) => tell({ kind: 'event', name: 'login', info }));
server.on('logout', (info) => tell({ kind: 'event', name: 'logout', info }));
server.on('login_refused', (info) => tell({ kind: 'event', name: 'login_refused', info }));

parentPort!.on('message', async ({ id, order, values }: ToThread) => {
  try {
    const value = await (handlers[order] as (...values: unknown[]) => unknown)(...values);
    tell({ kind: 'answer', id, value, failure: undefined });
  } catch (error) {
    tell({ kind: 'answer', id, value: undefined, failure: failureOf(error) });
  }
  if (order === 'close') parentPort!.close();
});

try {
  const { hosts, port } = workerData as ThreadOptions;
  let chosen = port;
  for (const host of hosts) chosen = (await server.listen({ host, port: chosen })).port;
  tell({ kind: 'ready', port: chosen });
} catch (error) {
  tell({ kind: 'failed', failure: failureOf(error) });
  parentPort!.close();
}
