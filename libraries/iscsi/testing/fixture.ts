/** A server on a random loopback port with one memory disk, ended with its test. */
import type { TestContext } from 'node:test';
import { MemoryDisk } from '../disks/memory-disk.ts';
import {
  type EndReason,
  IscsiServer,
  type LoginRefused,
  type ServerOptions,
  type SessionInfo,
} from '../index.ts';
import type { Disk } from '../scsi/disk.ts';
import type { TargetOptions } from '../target.ts';
import { type LoginOptions, TestInitiator } from './initiator.ts';

export const TARGET = 'iqn.2026-01.org.example:disk';
export const NODE = 'iqn.2026-01.org.example:node-1';

export type Served<D extends Disk> = {
  server: IscsiServer;
  port: number;
  disk: D;
  refused: LoginRefused[];
  logins: SessionInfo[];
  logouts: { reason: EndReason; detail: string | undefined; initiator: string }[];
  connect(): Promise<TestInitiator>;
  /** Connected and logged in. */
  session(options?: LoginOptions): Promise<TestInitiator>;
};

export async function serve<D extends Disk = MemoryDisk>(
  t: TestContext,
  options: Partial<TargetOptions> & { disk?: D; server?: ServerOptions } = {},
): Promise<Served<D>> {
  const { server: serverOptions, ...target } = options;
  const disk = (options.disk ?? new MemoryDisk(8 << 20)) as D;
  const server = new IscsiServer(serverOptions);
  server.addTarget({ name: TARGET, ...target, disk });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const initiators: TestInitiator[] = [];
  t.after(async () => {
    for (const initiator of initiators) initiator.destroy();
    await server.close();
  });
  const refused: LoginRefused[] = [];
  const logins: SessionInfo[] = [];
  const logouts: Served<D>['logouts'] = [];
  server.on('login_refused', (event) => refused.push(event));
  server.on('login', (event) => logins.push(event));
  server.on('logout', (event) => logouts.push(event));
  const connect = async () => {
    const initiator = await TestInitiator.connect(port);
    initiators.push(initiator);
    return initiator;
  };
  return {
    server,
    port,
    disk,
    refused,
    logins,
    logouts,
    connect,
    session: async (login = {}) => {
      const initiator = await connect();
      const response = await initiator.login({ target: TARGET, initiator: NODE, ...login });
      if (response.status !== 0) throw new Error(`Login refused: 0x${response.status.toString(16)}.`);
      return initiator;
    },
  };
}

/** Waits until `condition` holds; fails after two seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`It did not come about that ${what}.`);
}

/** A disk whose operations wait until they are let go. */
export class HeldDisk extends MemoryDisk {
  readonly held: { kind: 'read' | 'write' | 'flush'; go: (error?: Error) => void }[] = [];
  override readNow = (): boolean => false;

  #hold(kind: 'read' | 'write' | 'flush'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.held.push({ kind, go: (error) => (error ? reject(error) : resolve()) });
    });
  }

  override async read(offset: number, into: Uint8Array): Promise<void> {
    await this.#hold('read');
    into.set(this.bytes.subarray(offset, offset + into.length));
  }

  override async write(offset: number, data: Uint8Array): Promise<void> {
    await this.#hold('write');
    await super.write(offset, data);
  }
}

/** Bytes that tell where they belong. */
export function pattern(length: number, seed: number): Buffer {
  const b = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) b[i] = (seed + i * 7 + (i >>> 9)) & 0xff;
  return b;
}
