/** The iPXE script of one boot: pure text. */

export type ScriptBoot = {
  node: string;
  /** `http://ADDRESS:PORT/boot/TOKEN` of the token that the kernel's configuration is fetched with. */
  configUrl: string;
  kernelUrl: string;
  initrdUrl: string;
  address: string;
  prefix: number;
  mac: string;
  cmdline: string;
  /** Where cloud-init finds its seed, ending in a slash. */
  seedUrl?: string | undefined;
};

/** Loads kernel and initramfs by HTTP. The disk's secrets are not in it: the initramfs fetches them with the token. */
export function kernelScript(boot: ScriptBoot): string {
  const args = [
    'initrd=initrd',
    boot.cmdline,
    `bullion.boot=${boot.configUrl}`,
    `bullion.ip=${boot.address}/${boot.prefix}`,
    `bullion.mac=${boot.mac}`,
    ...(boot.seedUrl === undefined ? [] : [`ds=nocloud;s=${boot.seedUrl}`]),
  ];
  return `#!ipxe
echo Bullion boots ${boot.node} from the network
kernel --name kernel ${boot.kernelUrl} ${args.join(' ')} || goto failed
initrd --name initrd ${boot.initrdUrl} || goto failed
boot || goto failed
:failed
echo Bullion: iPXE cannot boot: \${errno}
sleep 5
exit 1
`;
}

/** Leaves the network boot: the firmware goes on to the node's own disk, which holds a copy already. */
export const localScript = (node: string): string => `#!ipxe
echo Bullion: ${node} boots from its own disk
exit 1
`;

export type SanBoot = {
  node: string;
  portal: string;
  port: number;
  target: string;
  initiator: string;
  user: string;
  secret: string;
};

/** Boots a disk by its own boot loader; iPXE leaves an iBFT with the session's parameters for the operating system. */
export function sanScript(boot: SanBoot): string {
  return `#!ipxe
echo Bullion boots ${boot.node} from its iSCSI disk
set initiator-iqn ${boot.initiator}
set username ${boot.user}
set password ${boot.secret}
set keep-san 1
sanboot --drive 0x80 iscsi:${boot.portal}::${boot.port}:0:${boot.target} || goto failed
:failed
echo Bullion: iPXE cannot boot from the disk: \${errno}
sleep 5
exit 1
`;
}
