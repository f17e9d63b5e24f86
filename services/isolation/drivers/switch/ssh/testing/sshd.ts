/**
 * OpenSSH's server on a port of loopback, from a package that is not installed: what it needs of the system (its user,
 * its folder) it gets in a mount namespace of its own. Needs root, and lets root in by one key.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnBound } from '@bullion/service';

export type SshdOptions = {
  /** A folder of the test's own. */
  readonly folder: string;
  /** The root that has usr/sbin/sshd. */
  readonly openssh: string;
  readonly port: number;
  readonly hostKeyPath: string;
  readonly authorizedKey: string;
  /** Further lines of sshd_config(5). */
  readonly lines: readonly string[];
};

/** Resolves when it listens; the returned function ends it and, as a shutdown does, the sessions that it has. */
export async function startSshd(options: SshdOptions): Promise<() => Promise<void>> {
  const { folder, openssh, port } = options;
  const path = (name: string) => join(folder, name);
  const users = await readFile('/etc/passwd', 'utf8');
  const sshd = /^sshd:/m.test(users) ? '' : 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n';
  await writeFile(path('passwd'), `${users}${sshd}`);
  await writeFile(path('authorized_keys'), `${options.authorizedKey}\n`, { mode: 0o600 });
  const configuration = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${options.hostKeyPath}`,
    `AuthorizedKeysFile ${path('authorized_keys')}`,
    ...['PidFile none', 'StrictModes no', 'UsePAM no', 'PermitRootLogin prohibit-password', ...options.lines],
  ];
  await writeFile(path('sshd_config'), `${configuration.join('\n')}\n`);
  const script =
    'mount --bind "$1" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd && exec "$2" -D -e -f "$3"';
  const args = [
    // Its sessions leave its process group; with the first process of a PID namespace they all end.
    ...['--mount', '--pid', '--fork', '--kill-child'],
    'sh',
    '-c',
    script,
    'sh',
    path('passwd'),
    join(openssh, 'usr/sbin/sshd'),
    path('sshd_config'),
  ];
  const server: ChildProcess = spawnBound('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr!.on('data', (chunk: Buffer) => (said += chunk));
  for (let tries = 0; !(await listens(port)); tries++) {
    if (server.exitCode !== null || tries > 100) throw new Error(`sshd did not start: ${said}`);
    await sleep(100);
  }
  return async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };
}

async function listens(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
