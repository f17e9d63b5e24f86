/** The root file system of a small Linux switch: dash, busybox, iproute2 and OpenSSH's server, from this machine and Debian. */
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '@bullion/service';
import type { Kernel } from '../../ssh/testing/packages.ts';

/** On a cloud kernel these are not built in; each is loaded after what it needs. */
const MODULES = ['virtio_pci', 'virtio_net', 'bridge'];

export type SwitchSystem = {
  readonly kernel: Kernel;
  /** A root that has usr/sbin/sshd. */
  readonly openssh: string;
  readonly hostKey: string;
  readonly authorizedKey: string;
  readonly ports: readonly string[];
  readonly bridge: string;
};

/** Packs the system into `target`. `work` is an empty folder that may be used and left. */
export async function makeInitramfs(system: SwitchSystem, work: string, target: string): Promise<void> {
  const put = async (path: string, text: string, mode = 0o644) => {
    await mkdir(dirname(join(work, path)), { recursive: true });
    await writeFile(join(work, path), text);
    await chmod(join(work, path), mode);
  };
  const programs: Record<string, string> = {
    '/usr/bin/busybox': 'bin/busybox',
    // Busybox's own shell prefers its own `ip` to any other.
    '/usr/bin/dash': 'bin/sh',
    '/usr/sbin/ip': 'usr/sbin/ip',
    '/usr/sbin/bridge': 'usr/sbin/bridge',
    [join(system.openssh, 'usr/sbin/sshd')]: 'usr/sbin/sshd',
  };
  for (const [from, to] of Object.entries(programs)) {
    await copyInto(work, from, to);
    for (const library of await libraries(from)) await copyInto(work, library, library.slice(1));
  }
  const modules = await moduleFiles(system.kernel.modules);
  for (const path of modules)
    await copyInto(work, join(system.kernel.modules, path), `modules/${basename(path)}`);
  for (const folder of ['dev', 'proc', 'sys', 'run/sshd', 'root', 'tmp']) {
    await mkdir(join(work, folder), { recursive: true });
  }
  await put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:100::/run/sshd:/bin/false\n');
  await put('etc/group', 'root:x:0:\nsshd:x:100:\n');
  await put('etc/ssh/host_key', system.hostKey, 0o600);
  await put('root/.ssh/authorized_keys', `${system.authorizedKey}\n`, 0o600);
  // Root is root here; what is tested is that the shell is asked for through sudo.
  await put('usr/bin/sudo', '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n', 0o755);
  await put('init', init(system, modules), 0o755);
  // In lldpd's place: it prints what a test has put there. Without that it is as on a switch without lldpd.
  await put('usr/sbin/lldpctl', '#!/bin/sh\n[ -f /run/lldp.json ] || exit 127\ncat /run/lldp.json\n', 0o755);
  const pack = 'find . | busybox cpio -o -H newc 2>/dev/null';
  const { code, stderr } = await run('sh', ['-c', `${pack} >"$1"`, 'sh', target], {
    timeoutMs: 30_000,
    cwd: work,
  });
  if (code !== 0) throw new Error(`cpio: ${stderr}`);
}

/** What the ports carry when the bridge is made is left to the kernel: VLAN 1, as on a switch out of the box. */
function init({ ports, bridge }: SwitchSystem, modules: string[]): string {
  return [
    '#!/bin/sh',
    '/bin/busybox --install -s /bin',
    'export PATH=/usr/sbin:/bin',
    'mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev',
    'mkdir -p /dev/pts; mount -t devpts devpts /dev/pts',
    ...modules.map((path) => `insmod /modules/${basename(path)}`),
    'ip link set lo up; ip link set eth0 up; ip address add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2',
    `ip link add ${bridge} type bridge vlan_filtering 1 mcast_snooping 0; ip link set ${bridge} up`,
    ...ports.flatMap((port, index) => [
      `ip link set eth${index + 1} name ${port}; ip link set ${port} master ${bridge}; ip link set ${port} up`,
    ]),
    'echo switch-is-up',
    'exec /usr/sbin/sshd -D -e -f /dev/null -h /etc/ssh/host_key -o UsePAM=no -o StrictModes=no',
    '',
  ].join('\n');
}

/** Paths below the folder of modules, each after those that it needs (modules.dep lists them the other way round). */
async function moduleFiles(folder: string): Promise<string[]> {
  const lines = (await readFile(join(folder, 'modules.dep'), 'utf8'))
    .split('\n')
    .map((line) => line.split(':'));
  const files = MODULES.flatMap((name) => {
    const [path, needs] = lines.find(([path]) => basename(path!) === `${name}.ko`) ?? [];
    if (path === undefined) return []; // Built in.
    return [...needs!.trim().split(' ').filter(Boolean).reverse(), path];
  });
  return [...new Set(files)];
}

async function libraries(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program], { timeoutMs: 10_000 });
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path!);
}

async function copyInto(root: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(join(root, to)), { recursive: true });
  await copyFile(from, join(root, to));
  await chmod(join(root, to), 0o755);
}
