/** Disks like those of distributions, and such disks with something taken out. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { isPresent } from '@bullion/service/presence';
import { checkDisk } from './index.ts';
import { readInitramfs } from './initramfs.ts';
import { Bench, skip, withSource } from './testing/disk.ts';

const bench = new Bench();
after(() => bench[Symbol.dispose]());

const R = '6.1.0-56-amd64';
const MODULES = `usr/lib/modules/${R}/kernel/drivers`;
/** As initramfs-tools makes it with open-iscsi in the image. */
const INITRAMFS = {
  init: '#!/bin/sh\n',
  'usr/sbin/iscsistart': '',
  [`${MODULES}/scsi/iscsi_tcp.ko`]: '',
  [`${MODULES}/firmware/iscsi_ibft.ko`]: '',
  [`${MODULES}/net/virtio_net.ko`]: '',
  [`${MODULES}/net/ethernet/intel/e1000e/e1000e.ko`]: '',
  'etc/iscsi.initramfs': 'ISCSI_AUTO=true\n',
};
const ROOT = {
  'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12"\n',
  [`boot/vmlinuz-${R}`]: 'kernel',
  'boot/vmlinuz-5.10.0-1-amd64': 'old kernel',
  'boot/grub/grub.cfg': `linux /boot/vmlinuz-${R} root=UUID=1 ro console=ttyS0\n`,
  'usr/bin/cloud-init': '',
};
const PACK = 'gzip -n';

type Change = {
  initramfs?: Record<string, string>;
  root?: Record<string, string>;
  without?: string[];
  pack?: string;
  bootCode?: string;
  efi?: boolean;
};

let serial = 0;
async function checked({
  initramfs = {},
  root = {},
  without = [],
  pack = PACK,
  bootCode = 'GRUB',
  efi = true,
}: Change) {
  const name = `disk${serial++}`;
  const keep = <Files extends object>(files: Files) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !without.includes(path))) as Record<
      string,
      string
    >;
  const packed = await bench.initramfs(keep({ ...INITRAMFS, ...initramfs }), pack);
  const files = { ...ROOT, [`boot/initrd.img-${R}`]: packed, ...root };
  const ext = await bench.ext4(`${name}.ext4`, bench.tree(`${name}.root`, keep(files)));
  const fat = await bench.fat(
    `${name}.fat`,
    32,
    40,
    bench.tree(`${name}.efi`, { 'EFI/BOOT/BOOTX64.EFI': 'loader' }),
  );
  return await bench.check(
    await bench.disk(
      name,
      [
        ['linux', ext],
        ['uefi', efi ? fat : undefined],
        ['21686148-6449-6E6F-744E-656564454649', undefined],
      ],
      bootCode,
    ),
  );
}

describe('a disk', { skip }, () => {
  test('that has all that it needs boots', async () => {
    const { boots, system, findings } = await checked({});
    assert.deepEqual([boots, system], ['yes', 'Debian GNU/Linux 12']);
    assert.deepEqual(
      Object.fromEntries(findings.map(({ what, state, found }) => [what, `${state}: ${found}`])),
      {
        'root file system': 'ok: Debian GNU/Linux 12, on a gpt disk',
        'boot loader': 'ok: BIOS (GRUB) and UEFI',
        kernel: `ok: ${R}`,
        initramfs: `ok: /boot/initrd.img-${R}`,
        'iSCSI initiator': 'ok: iscsistart and iscsi_tcp in the initramfs',
        'target from the firmware (iBFT)': 'ok: iscsi_ibft, and initramfs-tools is told to use it',
        'network drivers': 'ok: 1 for real NICs, and virtio_net',
        'cloud-init': 'ok: present',
      },
    );
  });

  const lacks: [what: string, change: Change, boots: 'yes' | 'no', finding: string, todo: RegExp][] = [
    [
      'its initiator',
      { without: ['usr/sbin/iscsistart'] },
      'no',
      'iSCSI initiator',
      /apt-get install open-iscsi/,
    ],
    [
      'the module of its initiator',
      { without: [`${MODULES}/scsi/iscsi_tcp.ko`] },
      'no',
      'iSCSI initiator',
      /open-iscsi/,
    ],
    [
      'iBFT',
      { without: [`${MODULES}/firmware/iscsi_ibft.ko`] },
      'no',
      'target from the firmware (iBFT)',
      /open-iscsi/,
    ],
    [
      'the order to use iBFT',
      { without: ['etc/iscsi.initramfs'] },
      'no',
      'target from the firmware (iBFT)',
      /ISCSI_AUTO=true/,
    ],
    [
      'the order to use iBFT, which is commented out',
      { initramfs: { 'etc/iscsi.initramfs': '# ISCSI_AUTO=true\n' } },
      ...(['no', 'target from the firmware (iBFT)', /ISCSI_AUTO=true/] as const),
    ],
    [
      'the order to use iBFT, by dracut',
      { without: ['etc/iscsi.initramfs'], initramfs: { 'usr/lib/dracut/modules.txt': '' } },
      ...(['no', 'target from the firmware (iBFT)', /rd\.iscsi\.firmware=1 ip=ibft/] as const),
    ],
    [
      'drivers of networks',
      { without: [`${MODULES}/net/virtio_net.ko`, `${MODULES}/net/ethernet/intel/e1000e/e1000e.ko`] },
      ...(['no', 'network drivers', /MODULES=most/] as const),
    ],
    ['its initramfs', { without: [`boot/initrd.img-${R}`] }, 'no', 'initramfs', /update-initramfs/],
    [
      'its kernel',
      { without: [`boot/vmlinuz-${R}`, 'boot/vmlinuz-5.10.0-1-amd64'] },
      'no',
      'kernel',
      /Install a kernel/,
    ],
    ['any boot loader', { bootCode: '', efi: false }, 'no', 'boot loader', /--kernel/],
    ['its system', { without: ['etc/os-release'] }, 'no', 'root file system', /Check the file/],
    ['cloud-init', { without: ['usr/bin/cloud-init'] }, 'yes', 'cloud-init', /ssh keys must be in the image/],
  ];
  for (const [what, change, boots, name, todo] of lacks) {
    test(`that lacks ${what} says so, and what to do`, async () => {
      const report = await checked(change);
      const finding = report.findings.find((each) => each.what === name)!;
      assert.equal(finding.state, 'missing', finding.found);
      assert.match(finding.todo!, todo);
      assert.equal(report.boots, boots);
    });
  }

  test('boots by one kind of firmware, and says which', async () => {
    const loader = async (change: Change) =>
      (await checked(change)).findings.find(({ what }) => what === 'boot loader')!;
    assert.match((await loader({ efi: false })).todo!, /nodes whose firmware is BIOS/);
    assert.match((await loader({ bootCode: '' })).todo!, /nodes whose firmware is UEFI/);
  });

  test('may have drivers built into its kernel, and be told by its boot loader', async () => {
    const report = await checked({
      without: [`${MODULES}/scsi/iscsi_tcp.ko`, 'etc/iscsi.initramfs'],
      root: {
        [`lib/modules/${R}/modules.builtin`]: 'kernel/drivers/scsi/iscsi_tcp.ko\n',
        'boot/grub/grub.cfg': 'linux /boot/vmlinuz iscsi_auto\n',
      },
    });
    assert.equal(report.boots, 'yes');
  });

  test('whose root is XFS is not looked into, and that is said', async () => {
    const xfs = bench.path('xfs');
    await writeFile(xfs, 'XFSB');
    const report = await bench.check(await bench.disk('xfs-disk', [['linux', xfs]], 'GRUB'));
    assert.match(report.findings[0]!.found, /xfs \(partition 1\): not looked into/);
    assert.notEqual(report.boots, 'yes');
  });

  test('that is none says so', async () => {
    const source = (bytes: Buffer) => ({
      sizeBytes: bytes.length,
      read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    });
    assert.match((await checkDisk(source(Buffer.alloc(100)))).findings[0]!.found, /cannot be a disk/);
    assert.equal((await checkDisk(source(randomBytes(65536)))).boots, 'no');
  });

  test('that is damaged anywhere ends in a report, in a moment', { timeout: 60_000 }, async (t) => {
    const good = bench.path('disk0');
    await withSource(good, async (source) => {
      for (let round = 0; round < 300; round++) {
        // Damage where structures are: the beginnings of the disk and of its partitions.
        const damage = new Map<number, Buffer>();
        for (let hits = 0; hits < 20; hits++) {
          const start = [0, 2 ** 20, 51 * 2 ** 20][hits % 3]!;
          damage.set(start + Math.floor(Math.random() ** 3 * 2 ** 20), randomBytes(1 + (hits % 8)));
        }
        const read = async (offset: number, length: number) => {
          const bytes = Buffer.from(await source.read(offset, length));
          for (const [at, put] of damage)
            for (const [index, byte] of put.entries())
              if (at + index >= offset && at + index < offset + bytes.length)
                bytes[at + index - offset] = byte;
          return bytes;
        };
        const report = await checkDisk({ sizeBytes: source.sizeBytes, read });
        assert.ok(report.findings.length > 0);
      }
    });
    t.diagnostic('300 damaged disks');
  });
});

describe('an initramfs', { skip }, () => {
  let early: Buffer;
  before(async () => {
    early = await bench.initramfs({ 'kernel/x86/microcode/GenuineIntel.bin': 'x' }, 'cat');
  });
  for (const [program, pack] of [
    ['cat', 'cat'],
    ['gzip', 'gzip -n'],
    ['zstd', 'zstd -q'],
    ['xz', 'xz --check=crc32'],
    ['lz4', 'lz4 -l -q'],
    ['bzip2', 'bzip2'],
  ] as const) {
    test(`packed by ${program} is listed, with what stands before it`, {
      skip: !isPresent(program) && `needs ${program}`,
    }, async () => {
      const main = await bench.initramfs({ init: 'the init', 'sbin/iscsistart': 'x'.repeat(100_000) }, pack);
      const { names, texts } = await readInitramfs(Buffer.concat([early, main]), (name) => name === 'init');
      assert.ok(names.has('sbin/iscsistart') && names.has('kernel/x86/microcode/GenuineIntel.bin'));
      assert.deepEqual([...texts], [['init', 'the init']]);
      await assert.rejects(
        readInitramfs(main.subarray(0, main.length / 2), () => false),
        { name: 'Error' },
      );
    });
  }

  test('of zeros without end is not read on', { timeout: 30_000 }, async () => {
    const header = Buffer.from(`070701${'0'.repeat(48)}ffffffff${'0'.repeat(32)}00000002${'0'.repeat(8)}a\0`);
    const bomb = zstdCompressSync(Buffer.concat([header, Buffer.alloc(64 * 2 ** 20)]));
    await assert.rejects(
      readInitramfs(bomb, () => true),
      /cut off|too large/,
    );
  });
});
