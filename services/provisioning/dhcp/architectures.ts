/**
 * What a firmware says it is (DHCP option 93, RFC 4578 section 2.1; IANA's "Processor Architecture Types"), and which
 * iPXE it is given. One that is not here, or is here without a file, is given an address and no boot file.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's `ipxe` package has its boot files, and where an operator puts others beside them. */
export const FIRMWARE_FOLDER = '/usr/lib/ipxe';

/** UEFI's HTTP boot (UEFI 2.5) says so by numbers of its own, and is answered with a URL. */
type Way = 'tftp' | 'http';
type Architecture = { code: number; name: string; by: Way; file?: string };

const ARCHITECTURES: readonly Architecture[] = [
  { code: 0, name: 'x86 BIOS', by: 'tftp', file: 'undionly.kpxe' },
  { code: 6, name: '32-bit x86 UEFI', by: 'tftp' },
  // 9 is what the standard says; its errata made most firmware say 7.
  { code: 7, name: 'x86-64 UEFI', by: 'tftp', file: 'ipxe.efi' },
  { code: 9, name: 'x86-64 UEFI', by: 'tftp', file: 'ipxe.efi' },
  { code: 10, name: '32-bit ARM UEFI', by: 'tftp' },
  // Debian 12's package has none: an operator who has such servers puts it there.
  { code: 11, name: 'arm64 UEFI', by: 'tftp', file: 'ipxe-arm64.efi' },
  { code: 15, name: '32-bit x86 UEFI by HTTP', by: 'http' },
  { code: 16, name: 'x86-64 UEFI by HTTP', by: 'http', file: 'ipxe.efi' },
  { code: 18, name: '32-bit ARM UEFI by HTTP', by: 'http' },
  { code: 19, name: 'arm64 UEFI by HTTP', by: 'http', file: 'ipxe-arm64.efi' },
  { code: 27, name: '64-bit RISC-V UEFI', by: 'tftp' },
  { code: 28, name: '64-bit RISC-V UEFI by HTTP', by: 'http' },
];

export type Bootable = Architecture & { file: string };

/** Those that have a boot file. */
export const bootables = (by: Way): Bootable[] =>
  ARCHITECTURES.filter((each): each is Bootable => each.by === by && each.file !== undefined);

/** The boot files by their names: all that may be fetched over HTTP. */
export const FIRMWARE_FILES: ReadonlySet<string> = new Set(ARCHITECTURES.flatMap(({ file }) => file ?? []));

/** Why a firmware of this architecture cannot be given iPXE; undefined where it can. */
export function whyNoBootFile(code: number, folder = FIRMWARE_FOLDER): string | undefined {
  const found = ARCHITECTURES.find((each) => each.code === code);
  const says = `its firmware says that it is ${found?.name ?? 'of an unknown kind'} (architecture ${code})`;
  if (found?.file === undefined) return `${says}, for which there is no boot file`;
  if (existsSync(join(folder, found.file))) return undefined;
  return `${says}, and ${join(folder, found.file)}, its iPXE, is not on the service's machine`;
}
