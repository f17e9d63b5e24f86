/**
 * Whether KVM can be used. That /dev/kvm exists says little: inside some virtual machines firmware runs under
 * it and a kernel hangs. So a kernel is booted until its first program speaks, and the verdict is kept.
 */
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BullionError, messageOf } from '@bullion/service/errors';
import { bullionHome } from './home.ts';
import { PATH, run } from './processes.ts';
import { acceleration } from './qemu.ts';
import type { Accelerator } from './record.ts';
import type { RackSpec } from './spec.ts';

const SIGN = 'bullion-userland-reached';
/** A guest under KVM is there within one second, even under software emulation within three. */
const PROBE_MS = 10_000;

export type KvmVerdict = {
  works: boolean;
  /** What was seen, for people. */
  evidence: string;
  /** The boot of this machine and the QEMU that it holds for. */
  machine: string;
};

/**
 * Decides how servers run. `kernel` is a Linux kernel for the probe; without it one of /boot is taken. With no
 * kernel at hand, software emulation is used and nothing is remembered.
 */
export async function chooseAccelerator(
  wanted: RackSpec['accelerator'],
  kernel?: string,
): Promise<{ accelerator: Accelerator; why: string }> {
  if (wanted === 'tcg') return { accelerator: 'tcg', why: 'the rack file says so' };
  const open = mayOpenKvm();
  if (wanted === 'kvm') {
    if (open) return { accelerator: 'kvm', why: 'the rack file says so' };
    throw new BullionError(
      'unavailable',
      'kvm_absent',
      'The rack file wants KVM, and this user cannot open /dev/kvm.',
      {
        hint: 'Say `accelerator: auto`, or join the group kvm.',
      },
    );
  }
  if (!open) return { accelerator: 'tcg', why: 'this user cannot open /dev/kvm' };
  const known = rememberedVerdict(bullionHome());
  if (known) return { accelerator: known.works ? 'kvm' : 'tcg', why: known.evidence };
  const found = kernel ?? bootKernel();
  if (found === undefined)
    return { accelerator: 'tcg', why: 'KVM was not tried: there is no kernel to try it with' };
  const verdict = await probeKvm(found);
  return { accelerator: verdict.works ? 'kvm' : 'tcg', why: verdict.evidence };
}

/** Boots `kernel` under KVM and remembers whether userland was reached. */
export async function probeKvm(kernel: string, cpuModel = 'max'): Promise<KvmVerdict> {
  const directory = await mkdtemp(join(tmpdir(), 'bullion-kvm-'));
  try {
    const initramfs = await smallestUserland(directory);
    const start = performance.now();
    let complaint = 'its first program did not speak';
    const console = await run(
      'qemu-system-x86_64',
      [
        ...[
          '-nodefaults',
          '-no-user-config',
          '-display',
          'none',
          '-machine',
          'pc,graphics=off',
          '-no-reboot',
        ],
        ...acceleration('kvm', cpuModel),
        ...['-m', '512', '-kernel', kernel, '-initrd', initramfs, '-append', 'console=ttyS0 panic=-1 quiet'],
        ...['-serial', 'stdio'],
      ],
      { timeoutMs: PROBE_MS },
    ).catch((error: unknown) => {
      complaint = messageOf(error).split('\n')[0]!;
      return '';
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const works = console.includes(SIGN);
    return remember({
      works,
      evidence: works
        ? `a kernel booted under KVM in ${seconds} s`
        : `no kernel boots under this machine's KVM: ${complaint}`,
      machine: machineKey(),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An initramfs whose first program says SIGN and turns the machine off. */
async function smallestUserland(directory: string): Promise<string> {
  const root = join(directory, 'root');
  await mkdir(join(root, 'dev'), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'busybox'));
  await symlink('busybox', join(root, 'sh'));
  const script = `#!/sh
/busybox mount -t devtmpfs dev /dev
echo ${SIGN} >/dev/ttyS0
/busybox poweroff -f
`;
  await writeFile(join(root, 'init'), script, { mode: 0o755 });
  const archive = join(directory, 'initramfs');
  await run('cpio', ['-o', '-H', 'newc', '--quiet', '-D', root, '-F', archive], {
    input: 'dev\nbusybox\nsh\ninit\n',
  });
  return archive;
}

/** With what may be thrown away and made again, and is shared by homes that share that. */
const verdictFile = (home: string): string => join(home, 'cache', 'kvm.json');

/** What was found out since this machine has booted, with the QEMU that it has now. */
export function rememberedVerdict(home: string): KvmVerdict | undefined {
  try {
    const verdict = JSON.parse(readFileSync(verdictFile(home), 'utf8')) as KvmVerdict;
    return verdict.machine === machineKey() ? verdict : undefined;
  } catch {
    return undefined;
  }
}

function remember(verdict: KvmVerdict): KvmVerdict {
  const file = verdictFile(bullionHome());
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(verdict, null, 2)}\n`);
  return verdict;
}

/**
 * This boot, since only by another one does a machine change its kernel or what it runs on; and the size and date of its
 * QEMU in place of a version that would cost a start of it.
 */
function machineKey(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  for (const place of PATH.split(':')) {
    const found = statSync(join(place, 'qemu-system-x86_64'), { throwIfNoEntry: false });
    if (found) return `${boot} ${found.size} ${found.mtime.toISOString()}`;
  }
  return boot;
}

function mayOpenKvm(): boolean {
  return readable('/dev/kvm', constants.R_OK | constants.W_OK);
}

/** The newest kernel in /boot that this user may read (Ubuntu's are for root only). */
function bootKernel(): string | undefined {
  return readdirSync('/boot')
    .filter((name) => name.startsWith('vmlinuz-'))
    .map((name) => join('/boot', name))
    .filter((path) => readable(path, constants.R_OK))
    .sort()
    .at(-1);
}

function readable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
