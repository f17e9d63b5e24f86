/** A disc image that boots under a BIOS and says so on the serial line (El Torito 1.0, no emulation). */

const SECTOR = 2048;
const BOOT_RECORD = 17;
const TERMINATOR = 18;
const CATALOGUE = 19;
const CODE = 20;

/** Writes the text that follows it to COM1, and halts. Loaded at 0x7c00. */
const PROGRAM = Buffer.from('fc31c08ed8be167cbaf803ac84c07403eeebf8f4ebfd', 'hex');

export function bootableDisc(text: string): Buffer {
  const disc = Buffer.alloc(64 * SECTOR);
  const at = (sector: number, offset = 0) => sector * SECTOR + offset;
  disc.write('\x01CD001\x01', at(16), 'latin1');
  disc.write('\x00CD001\x01EL TORITO SPECIFICATION', at(BOOT_RECORD), 'latin1');
  disc.writeUInt32LE(CATALOGUE, at(BOOT_RECORD, 0x47));
  disc.write('\xffCD001\x01', at(TERMINATOR), 'latin1');
  // The validation entry: its words add up to 0.
  disc.writeUInt8(1, at(CATALOGUE));
  disc.writeUInt16LE(0x10000 - 0x0001 - 0xaa55, at(CATALOGUE, 0x1c));
  disc.writeUInt16LE(0xaa55, at(CATALOGUE, 0x1e));
  // The entry to boot: four sectors of 512 bytes.
  disc.writeUInt8(0x88, at(CATALOGUE, 0x20));
  disc.writeUInt16LE(4, at(CATALOGUE, 0x26));
  disc.writeUInt32LE(CODE, at(CATALOGUE, 0x28));
  PROGRAM.copy(disc, at(CODE));
  disc.write(`${text}\0`, at(CODE, PROGRAM.length), 'latin1');
  return disc;
}
