/** Whether what is on a disk boots over iSCSI, and what to do where it does not. */
import { moduleName, type System } from './system.ts';

export type Finding = {
  what: string;
  /** `unknown`: it was not looked into, and may be right. */
  state: 'ok' | 'missing' | 'unknown';
  found: string;
  /** What to do about it. */
  todo?: string;
};

export type BootReport = {
  /** `yes` as far as a disk can tell: it was not booted. */
  boots: 'yes' | 'no' | 'unknown';
  system: string | undefined;
  findings: Finding[];
};

export function judge(system: System): BootReport {
  const findings = [
    fileSystems(system),
    bootLoader(system),
    kernel(system),
    initramfs(system),
    ...(system.initramfs?.content ? [initiator(system), fromFirmware(system), networkDrivers(system)] : []),
    cloudInit(system),
  ];
  const decisive = findings.filter(({ what }) => !OPTIONAL.includes(what));
  return {
    boots: decisive.some(({ state }) => state === 'missing')
      ? 'no'
      : decisive.some(({ state }) => state === 'unknown')
        ? 'unknown'
        : 'yes',
    system: system.name,
    findings,
  };
}

/** What a server can do without. */
const CLOUD_INIT = 'cloud-init';
const OPTIONAL = [CLOUD_INIT];

const IMPORT_KERNEL =
  'Import it with a kernel and an initramfs that do: bullion image import NAME FILE --kernel ... --initrd ... --cmdline ...';

function fileSystems({ parts, name, table }: System): Finding {
  const what = 'root file system';
  const closed = parts.filter(
    ({ type, fileSystem, problem }) => !fileSystem && (type ?? problem) !== undefined,
  );
  if (name !== undefined) return { what, state: 'ok', found: `${name}, on a ${table.kind} disk` };
  if (closed.length > 0) {
    const list = closed
      .map(({ number, type, problem }) => `${type ?? problem} (partition ${number})`)
      .join(', ');
    return { what, state: 'unknown', found: `${list}: not looked into`, todo: 'Try it on one node.' };
  }
  return { what, state: 'missing', found: 'no partition with a Linux system', todo: 'Check the file.' };
}

function bootLoader({ table, hasEfiLoader, parts }: System): Finding {
  const what = 'boot loader';
  const isUsed =
    table.kind !== 'gpt' || table.bootCode !== 'GRUB' || parts.some(({ kind }) => kind === 'bios-boot');
  const bios = table.hasBootCode && isUsed;
  const kinds = [
    ...(bios ? [`BIOS (${table.bootCode ?? 'unknown'})`] : []),
    ...(hasEfiLoader ? ['UEFI'] : []),
  ];
  if (kinds.length === 0) {
    return {
      what,
      state: 'missing',
      found: 'none for BIOS, and no EFI/BOOT/BOOTX64.EFI for UEFI',
      todo: IMPORT_KERNEL,
    };
  }
  if (kinds.length === 2) return { what, state: 'ok', found: kinds.join(' and ') };
  return {
    what,
    state: 'ok',
    found: `${kinds[0]} only`,
    todo: `Boot it on nodes whose firmware is ${bios ? 'BIOS' : 'UEFI'}.`,
  };
}

function kernel({ kernel, parts }: System): Finding {
  const what = 'kernel';
  if (kernel) return { what, state: 'ok', found: kernel.release ?? kernel.path };
  const isHidden = parts.some(({ fileSystem, type }) => !fileSystem && type !== undefined);
  return isHidden
    ? { what, state: 'unknown', found: 'none in the file systems that were looked into' }
    : { what, state: 'missing', found: 'no vmlinuz in / or /boot', todo: 'Install a kernel in the image.' };
}

function initramfs({ initramfs, kernel }: System): Finding {
  const what = 'initramfs';
  if (initramfs?.content) return { what, state: 'ok', found: initramfs.path };
  if (initramfs) return { what, state: 'unknown', found: `${initramfs.path}: ${initramfs.problem}` };
  if (!kernel) return { what, state: 'unknown', found: 'no kernel to look for it by' };
  return {
    what,
    state: 'missing',
    found: 'none beside the kernel',
    todo: 'Make one: update-initramfs -c -k all, or dracut -f',
  };
}

/** Made by what: it decides how the initramfs is told to use iSCSI. */
function makerOf({ names, texts }: NonNullable<NonNullable<System['initramfs']>['content']>) {
  if (names.has('lib/bullion/iscsi.sh')) return 'bullion';
  if (/dracut/.test(texts.get('init') ?? '') || [...names].some((name) => /(^|\/)lib\/dracut\//.test(name)))
    return 'dracut';
  return 'initramfs-tools';
}

const INSTALL = {
  bullion: 'Build the image again.',
  dracut:
    'In the image: dnf install iscsi-initiator-utils && dracut -f --add iscsi (the package dracut-network)',
  'initramfs-tools':
    'In the image: apt-get install open-iscsi && touch /etc/iscsi/iscsi.initramfs && update-initramfs -u',
};

function initiator({ initramfs, builtIn }: System): Finding {
  const what = 'iSCSI initiator';
  const content = initramfs!.content!;
  const programs = ['iscsistart', '@iscsid', 'iscsid'].filter((program) =>
    ['bin', 'sbin', 'usr/bin', 'usr/sbin'].some((folder) => content.names.has(`${folder}/${program}`)),
  );
  const driver = hasModule(content.names, builtIn, 'iscsi_tcp');
  if (programs.length > 0 && driver)
    return { what, state: 'ok', found: `${programs[0]} and iscsi_tcp in the initramfs` };
  const lacking = [
    ...(programs.length > 0 ? [] : ['iscsistart']),
    ...(driver ? [] : ['the module iscsi_tcp']),
  ];
  return {
    what,
    state: 'missing',
    found: `the initramfs has no ${lacking.join(' and no ')}`,
    todo: INSTALL[makerOf(content)],
  };
}

/** It must learn its target from the firmware (iBFT), or be told that it should. */
function fromFirmware({ initramfs, builtIn, bootConfiguration }: System): Finding {
  const what = 'target from the firmware (iBFT)';
  const content = initramfs!.content!;
  const maker = makerOf(content);
  if (!hasModule(content.names, builtIn, 'iscsi_ibft')) {
    return { what, state: 'missing', found: 'the initramfs has no module iscsi_ibft', todo: INSTALL[maker] };
  }
  const said = [bootConfiguration, ...content.texts.values()].join('\n');
  const isTold = {
    bullion: true,
    dracut: /\brd\.iscsi\.(firmware|ibft)(=1|(?!=))/.test(said),
    'initramfs-tools': /^\s*ISCSI_AUTO=\S|\biscsi_auto\b/m.test(said),
  }[maker];
  if (isTold) return { what, state: 'ok', found: `iscsi_ibft, and ${maker} is told to use it` };
  const todo = {
    bullion: '',
    dracut: 'In the image: grubby --update-kernel=ALL --args="rd.iscsi.firmware=1 ip=ibft"',
    'initramfs-tools':
      'In the image: echo ISCSI_AUTO=true > /etc/iscsi/iscsi.initramfs && update-initramfs -u',
  }[maker];
  return { what, state: 'missing', found: `iscsi_ibft is there, but ${maker} is not told to use it`, todo };
}

function networkDrivers({ initramfs, builtIn }: System): Finding {
  const what = 'network drivers';
  const { names } = initramfs!.content!;
  const drivers = [...names]
    .filter((name) => /\/drivers\/net\/(ethernet\/.*|virtio_net)\.ko/.test(name))
    .map(moduleName);
  const virtio = hasModule(names, builtIn, 'virtio_net');
  if (drivers.length === 0 && !virtio) {
    return {
      what,
      state: 'missing',
      found: 'the initramfs has none',
      todo: 'In the image: MODULES=most in /etc/initramfs-tools/initramfs.conf && update-initramfs -u, or dracut -f --no-hostonly',
    };
  }
  const physical = drivers.filter((name) => name !== 'virtio_net').length;
  const found = `${physical} for real NICs${virtio ? ', and virtio_net' : ''}`;
  return physical > 0
    ? { what, state: 'ok', found }
    : { what, state: 'ok', found, todo: 'Boot it on virtual servers only.' };
}

function cloudInit({ hasCloudInit, hasOwnUnits, name }: System): Finding {
  if (hasOwnUnits) return { what: CLOUD_INIT, state: 'ok', found: 'not needed: it has units of its own' };
  if (hasCloudInit) return { what: CLOUD_INIT, state: 'ok', found: 'present' };
  if (name === undefined) return { what: CLOUD_INIT, state: 'unknown', found: 'not looked into' };
  const todo = 'Host name, users and user data of a boot are not set; ssh keys must be in the image.';
  return { what: CLOUD_INIT, state: 'missing', found: 'none', todo };
}

function hasModule(names: ReadonlySet<string>, builtIn: ReadonlySet<string>, module: string): boolean {
  if (builtIn.has(module)) return true;
  for (const name of names) if (name.includes('.ko') && moduleName(name) === module) return true;
  return false;
}
