/** Serves one raw file as an iSCSI disk, with nothing else running: what `bullion target` and the suites start. */
import { FileDisk } from './disks/file-disk.ts';
import type { ChapCredentials } from './login/chap.ts';
import { IscsiServer } from './server.ts';

export type ServeFileOptions = {
  file: string;
  /** Port 0 picks a free one. */
  listen: { host: string; port: number };
  /** The target's iSCSI name. */
  name?: string | undefined;
  readOnly?: boolean | undefined;
  removable?: boolean | undefined;
  chap?: ChapCredentials | undefined;
  /** In bytes; 4096 when left out. */
  physicalBlock?: 512 | 4096 | undefined;
};

export type ServedFile = {
  server: IscsiServer;
  name: string;
  host: string;
  port: number;
  /** For libiscsi's tools and QEMU; the CHAP secret is not in it. */
  url: string;
  /** Ends all sessions, flushes, closes the file. */
  close(): Promise<void>;
};

const DEFAULT_NAME = 'iqn.2026-01.org.bullion:disk';

export async function serveFile(options: ServeFileOptions): Promise<ServedFile> {
  const disk = await FileDisk.open(options.file, { readOnly: options.readOnly ?? false });
  const server = new IscsiServer();
  const close = async () => {
    try {
      await server.close();
    } finally {
      await disk.close();
    }
  };
  try {
    const name = options.name ?? DEFAULT_NAME;
    server.addTarget({
      name,
      disk,
      chap: options.chap,
      readOnly: options.readOnly,
      removable: options.removable,
      physicalBlock: options.physicalBlock,
    });
    const { host, port } = await server.listen(options.listen);
    const at = host.includes(':') ? `[${host}]` : host;
    return { server, name, host, port, url: `iscsi://${at}:${port}/${name}/0`, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}
