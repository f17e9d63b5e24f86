/**
 * An image in a format of QEMU's (qcow2) as a disk: qemu-nbd reads and writes it, on a socket in a folder that only we
 * can enter. It holds QEMU's lock on the image, so that no virtual machine writes to it meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IscsiError } from '../../errors.ts';
import { codeOf, messageOf } from '../../message.ts';
import { NbdDisk } from './nbd-disk.ts';

const START_MS = 10_000;
const QCOW2 = Buffer.from('QFI\xfb', 'latin1');

/** By its first bytes. False for what cannot be read: whoever opens it next says why. */
export async function isQcow2(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.equals(QCOW2);
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

export async function openQcow2(
  path: string,
  options: { readOnly?: boolean } = {},
): Promise<{ disk: NbdDisk; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-nbd-'));
  const socket = join(folder, 'socket');
  // The cache mode is that of our own files: in the page cache until it is flushed.
  const args = [
    '--format=qcow2',
    `--socket=${socket}`,
    '--persistent',
    '--cache=writeback',
    '--discard=unmap',
  ];
  if (options.readOnly) args.push('--read-only');
  // In a process group of its own: Ctrl-C reaches it only when we have flushed.
  const child = spawn('qemu-nbd', [...args, '--', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const gone = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('exit', () => resolve(undefined));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(timer);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([appears(socket), gone.then((error) => Promise.reject(failed(path, said, error)))]);
    const disk = await NbdDisk.open(socket, path);
    return {
      disk,
      close: async () => {
        await disk.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error instanceof IscsiError ? error : failed(path, said, error as Error);
  }
}

async function appears(socket: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const there = await access(socket).then(
      () => true,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('qemu-nbd does not start.');
}

function failed(path: string, said: string, error: Error | undefined): IscsiError {
  if (codeOf(error) === 'ENOENT') {
    return new IscsiError('qemu_nbd_missing', `Serving ${path} needs qemu-nbd, which is not installed.`, {
      hint: 'Install the Debian package qemu-utils, or convert the image to a raw file elsewhere.',
    });
  }
  const why = said.trim() || (error === undefined ? 'qemu-nbd ended' : messageOf(error));
  return new IscsiError('disk_open_failed', `Cannot open ${path}: ${why}`, {
    hint: 'Check that the image is whole (`qemu-img check`) and that no virtual machine uses it.',
  });
}
