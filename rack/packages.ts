/** What a rack needs of the machine that it runs on. `bullion doctor` and the tests read the same list. */
import { constants } from 'node:fs';
import { BullionError, messageOf } from '@bullion/service/errors';
import { isAccessible, isPresent } from '@bullion/service/presence';
import { run } from './processes.ts';
import { OVMF_CODE } from './qemu.ts';

export type PackageNeed = {
  /** The Debian package. */
  package: string;
  /** A command, or the absolute path of a file, whose presence shows that the package is installed. */
  provides: string;
  why: string;
};

export const PACKAGES: readonly PackageNeed[] = [
  { package: 'qemu-system-x86', provides: 'qemu-system-x86_64', why: 'the servers' },
  { package: 'seabios', provides: '/usr/share/seabios/bios-256k.bin', why: 'the firmware of BIOS servers' },
  { package: 'ovmf', provides: OVMF_CODE, why: 'the firmware of UEFI servers' },
  {
    package: 'ipxe-qemu',
    provides: '/usr/lib/ipxe/qemu/efi-virtio.rom',
    why: 'the network boot ROM of their NICs',
  },
  { package: 'swtpm', provides: 'swtpm', why: 'their TPMs' },
  { package: 'openvswitch-switch', provides: 'ovs-vswitchd', why: 'the switches' },
  { package: 'openvswitch-common', provides: 'ovsdb-tool', why: 'the switches’ database' },
  { package: 'openipmi', provides: 'ipmi_sim', why: 'the BMCs' },
  { package: 'ipmitool', provides: 'ipmitool', why: 'power, boot device and console by IPMI' },
  { package: 'dnsmasq-base', provides: 'dnsmasq', why: 'a DHCP server that is not the operator’s' },
  { package: 'iproute2', provides: 'ip', why: 'the cables and the addresses' },
  { package: 'ethtool', provides: 'ethtool', why: 'the checksums on the controller’s cable' },
  { package: 'util-linux', provides: 'unshare', why: 'the namespaces' },
  { package: 'cpio', provides: 'cpio', why: 'the probe whether KVM boots a system' },
  { package: 'busybox-static', provides: '/bin/busybox', why: 'the probe whether KVM boots a system' },
];

export function missingPackages(needs: readonly PackageNeed[] = PACKAGES): PackageNeed[] {
  return needs.filter(({ provides }) => !isPresent(provides));
}

/** Something other than a package that keeps this user from bringing a rack up. */
export type Obstacle = { what: string; hint: string };

/** Whether this user may make namespaces and taps. */
export async function obstacles(): Promise<Obstacle[]> {
  const found: Obstacle[] = [];
  const root = process.getuid!() === 0;
  if (!isAccessible('/dev/net/tun', constants.R_OK | constants.W_OK)) {
    found.push({
      what: '/dev/net/tun cannot be opened by this user, and every cable of a rack is a tap device.',
      hint: root
        ? 'Load the kernel module: `modprobe tun`; in a container, pass the device in.'
        : 'Run as root, or let root run `chmod 0666 /dev/net/tun` (Debian’s and Ubuntu’s default).',
    });
  }
  try {
    await run('unshare', [...namespaceFlags(), 'true'], { timeoutMs: 5000 });
  } catch (error) {
    found.push({
      what: `This user may not make namespaces: ${messageOf(error)}`,
      hint: root
        ? 'In a container, give it CAP_SYS_ADMIN and CAP_NET_ADMIN.'
        : 'Run as root, or let root allow user namespaces: `sysctl kernel.unprivileged_userns_clone=1` (Debian) or `kernel.apparmor_restrict_unprivileged_userns=0` (Ubuntu 24.04).',
    });
  }
  return found;
}

/** The namespaces of a rack, for unshare. Without root a user namespace lends the rights over the others. */
export const namespaceFlags = (): string[] => [
  ...(process.getuid!() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--net', '--pid', '--fork', '--mount-proc', '--kill-child'],
];

/** Throws `rack_packages_missing` or `rack_not_permitted`, saying everything that is lacking. */
export async function checkMachine(): Promise<void> {
  const missing = missingPackages();
  if (missing.length > 0) {
    const names = missing.map((need) => need.package);
    throw new BullionError(
      'unavailable',
      'rack_packages_missing',
      `A rack needs Debian packages that this machine lacks: ${missing
        .map((need) => `${need.package} (${need.why})`)
        .join(', ')}.`,
      { hint: `Install them: apt-get install ${names.join(' ')}`, details: { packages: names } },
    );
  }
  const [first, ...more] = await obstacles();
  if (!first) return;
  throw new BullionError(
    'forbidden',
    'rack_not_permitted',
    [first, ...more].map((obstacle) => obstacle.what).join('\n'),
    { hint: [first, ...more].map((obstacle) => obstacle.hint).join('\n') },
  );
}
