/** Serves one disk with nothing else running: what `bullion target` and the suites start. */
import type { DiskOperation } from './accounting/traffic.ts';
import { openDiskFile } from './disks/disk-file.ts';
import type { ChapCredentials } from './login/chap.ts';
import type { Limits } from './scheduling/gate.ts';
import type { Disk } from './scsi/disk.ts';
import { IscsiServer } from './server.ts';
import type { TargetOptions } from './target.ts';

export type Portal = { host: string; port: number };

export type ServeOptions = {
  /** Port 0 picks a free one. Of several, the first is the one that `url` names. */
  listen: Portal | readonly Portal[];
  /** The target's iSCSI name. */
  name?: string | undefined;
  readOnly?: boolean | undefined;
  removable?: boolean | undefined;
  chap?: ChapCredentials | undefined;
  /** In bytes; 4096 when left out. */
  physicalBlock?: 512 | 4096 | undefined;
  initiators?: readonly string[] | undefined;
  limits?: Limits | undefined;
  observe?: ((operation: DiskOperation) => void) | undefined;
};

/** `file`: a raw file, or a qcow2 image, which qemu-nbd then reads and writes. */
export type ServeFileOptions = ServeOptions & { file: string };

export type Served = {
  server: IscsiServer;
  name: string;
  host: string;
  port: number;
  portals: readonly Portal[];
  /** For libiscsi's tools and QEMU; the CHAP secret is not in it. */
  url: string;
  /** Ends all sessions, flushes, closes the disk. Rejects when the flush fails; all is closed then too. */
  close(): Promise<void>;
};

const DEFAULT_NAME = 'iqn.2026-01.org.bullion:disk';

export async function serveFile({ file, ...options }: ServeFileOptions): Promise<Served> {
  const { disk, close, reservations } = await openDiskFile(file, options.readOnly ?? false);
  return serveDisk(disk, close, { ...options, reservations });
}

/** `closeDisk` is called once, also when this fails. */
export async function serveDisk(
  disk: Disk,
  closeDisk: () => Promise<void>,
  { listen, ...options }: ServeOptions & Pick<TargetOptions, 'reservations'>,
): Promise<Served> {
  const server = new IscsiServer();
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= server.close().finally(closeDisk));
  try {
    const name = options.name ?? DEFAULT_NAME;
    server.addTarget({ ...options, name, disk });
    const portals: Portal[] = [];
    for (const portal of [listen].flat()) portals.push(await server.listen(portal));
    const { host, port } = portals[0]!;
    const at = host.includes(':') ? `[${host}]` : host;
    return { server, name, host, port, portals, url: `iscsi://${at}:${port}/${name}/0`, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}
