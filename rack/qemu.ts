/** The command line of a server: what is in the box. */
import { join } from 'node:path';
import type { BootDevice } from './chassis.ts';
import type { Fabric } from './fabric.ts';
import { macOf, portName, serialOf, uuidOf } from './identity.ts';
import type { Accelerator } from './record.ts';
import type { NodeSpec } from './spec.ts';

export const OVMF_CODE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
export const OVMF_VARS = '/usr/share/OVMF/OVMF_VARS_4M.fd';

export type MachineOptions = {
  rack: string;
  spec: NodeSpec;
  accelerator: Accelerator;
  /** Where the cables end. */
  fabric: Fabric;
  /** The node's own directory for its console, firmware variables and disk. */
  directory: string;
  qmpSocket: string;
  tpmSocket: string;
  /** Where the serial line's end is. It has to be there, or the server does not start. */
  serialSocket: string;
};

/** QEMU device ids whose place in the boot order can be changed. */
export type Bootable = 'nic0' | 'disk0' | 'cd0';

/** What is in the box that can be booted from, in the order in which it is tried where nothing was chosen. */
export const bootablesOf = (spec: NodeSpec): Bootable[] => [
  'nic0',
  ...(spec.disk === undefined ? [] : (['disk0'] as const)),
  // IPMI has no virtual media; a drive that can never hold anything would only be one more thing to try.
  ...(spec.bmc.driver === 'redfish' ? (['cd0'] as const) : []),
];

/** Places in the boot order, 1 first. A device that cannot boot is passed over by the firmware. */
export function bootOrder(
  device: BootDevice,
  bootables: readonly Bootable[],
): Partial<Record<Bootable, number>> {
  const chosen = { none: 'nic0', pxe: 'nic0', bios: 'nic0', default: 'disk0', cdrom: 'cd0' }[device];
  const order = [...bootables].sort((a, b) => Number(b === chosen) - Number(a === chosen));
  return Object.fromEntries(order.map((id, i) => [id, i + 1]));
}

/**
 * Only the first NIC boots, and it has a boot ROM (iPXE) where the firmware is not to boot by itself: the second would double
 * the time of a failing network boot.
 */
export function qemuArguments(options: MachineOptions, device: BootDevice, media?: string): string[] {
  const { rack, spec, accelerator, directory } = options;
  const order = bootOrder(device, bootablesOf(spec));
  const uuid = uuidOf(rack, spec.name);
  const file = (name: string) => doubleCommas(join(directory, name));
  return [
    ...['-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none'],
    // It needs no new processes, and nothing of what a guest could do to it should start one.
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny'],
    ...acceleration(accelerator, spec.cpuModel),
    ...['-smp', String(spec.cpus), '-m', String(spec.memoryMb)],
    ...['-uuid', uuid],
    '-smbios',
    `type=1,manufacturer=Bullion,product=Virtual server,serial=${serialOf(rack, spec.name)},uuid=${uuid}`,
    ...firmware(spec.firmware, file('firmware-variables.fd')),
    '-chardev',
    `socket,id=console,path=${options.serialSocket},logfile=${file('console.log')},logappend=off`,
    ...['-serial', 'chardev:console'],
    ...['-qmp', `unix:${options.qmpSocket},server=on,wait=off`],
    // Without entropy of its own a guest's sshd waits for it.
    ...['-device', 'virtio-rng-pci'],
    ...spec.nics.flatMap((_, i) => [
      // Without vnet_hdr QEMU leaves no checksum to be filled in by a switch that does not fill them in.
      ...['-netdev', `tap,id=net${i},ifname=${portName(spec.name, i)},script=no,downscript=no,vnet_hdr=off`],
      '-device',
      [
        `virtio-net-pci,id=nic${i},netdev=net${i},mac=${macOf(rack, spec.name, i)}`,
        ...(i === 0 ? [`bootindex=${order.nic0}`] : []),
        ...(i === 0 && spec.netboot === 'ipxe' ? [] : ['romfile=']),
      ].join(','),
    ]),
    ...NETBOOTS[spec.netboot].flatMap((switched) => [
      '-fw_cfg',
      `name=opt/org.tianocore/${switched},string=n`,
    ]),
    ...(spec.disk === undefined
      ? []
      : [
          ...['-drive', `if=none,id=drive0,file=${file('disk.img')},format=raw,discard=unmap`],
          '-device',
          `virtio-blk-pci,id=disk0,drive=drive0,serial=${serialOf(rack, spec.name)},bootindex=${order.disk0}`,
        ]),
    ...(order.cd0 === undefined ? [] : cdDrive(order.cd0, media)),
    ...(spec.tpm
      ? [
          ...['-chardev', `socket,id=tpm,path=${options.tpmSocket}`],
          ...['-tpmdev', 'emulator,id=tpm0,chardev=tpm', '-device', 'tpm-tis,tpmdev=tpm0'],
        ]
      : []),
  ];
}

/**
 * What OVMF is told not to try, as in its set-up menu. Over IPv6 PXE comes first all the same: its HTTP boot of 2022 fails
 * where it is the first to use the link, and does not wait until the link's address is good.
 */
const NETBOOTS: Record<NodeSpec['netboot'], string[]> = {
  ipxe: [],
  pxe: ['IPv6PXESupport'],
  http: ['IPv4PXESupport', 'IPv6PXESupport'],
  http6: ['IPv4PXESupport', 'IPv4Support'],
};

/** The drive of virtual media, with or without a disc in it. */
function cdDrive(place: number, media: string | undefined): string[] {
  if (media === undefined) return ['-device', `ide-cd,id=cd0,bootindex=${place}`];
  return [
    ...['-drive', `if=none,id=media0,media=cdrom,format=raw,readonly=on,file=${doubleCommas(media)}`],
    ...['-device', `ide-cd,id=cd0,drive=media0,bootindex=${place}`],
  ];
}

/** The same two words for the probe of KVM, which must try what the servers will use. */
export function acceleration(accelerator: Accelerator, cpuModel: string): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', cpuModel];
  return ['-accel', 'tcg,thread=multi', '-cpu', cpuModel];
}

function firmware(kind: NodeSpec['firmware'], variables: string): string[] {
  // SeaBIOS prints on the serial line only where there are no graphics.
  if (kind === 'bios') return ['-machine', 'pc,graphics=off'];
  return [
    ...['-machine', 'q35,graphics=off'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${OVMF_CODE}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${variables}`],
  ];
}

/** In QEMU's option language a comma in a value is doubled. */
const doubleCommas = (value: string): string => value.replaceAll(',', ',,');
