/**
 * A network of a test file's own: the file runs itself again inside namespaces for network and mounts, where it may open port 67,
 * make bridges and mount file systems. The namespaces end with the process, and with them all that was made in them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

const PROGRAMS: Record<string, string> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  ip: 'iproute2',
  busybox: 'busybox-static',
  dnsmasq: 'dnsmasq-base',
  'iscsi-inq': 'libiscsi-bin',
  'iscsi-readcapacity16': 'libiscsi-bin',
};
const INSIDE = 'BULLION_TEST_NETWORK';

/** True inside the network. Outside it runs `file` there, its reports passing through, or skips it with the reason. */
export async function insideOwnNetwork(file: string): Promise<boolean> {
  if (process.env[INSIDE] === file) return true;
  const missing = whatIsMissing();
  if (missing) {
    test('on a network of its own', { skip: missing }, () => {});
    return false;
  }
  const child = spawn('unshare', ['--net', '--mount', process.execPath, ...process.execArgv, file], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: file },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
  return false;
}

function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to make a network namespace';
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isThere(program));
  if (missing.length === 0) return undefined;
  return `needs the Debian packages ${[...new Set(missing.map(([, name]) => name))].join(', ')}`;
}

function isThere(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
