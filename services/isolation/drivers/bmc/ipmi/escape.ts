/**
 * ipmitool reads its input as a terminal's: after a line end (and at the start) "~" begins a command to itself. Here
 * bytes from a stranger's keyboard pass through it, so every such "~" is doubled, which makes ipmitool send one.
 */
const TILDE = 0x7e;
const isLineEnd = (byte: number) => byte === 0x0d || byte === 0x0a;

export class TildeEscaper {
  #atLineStart = true;

  escape(bytes: Uint8Array): Buffer {
    const escaped: number[] = [];
    for (const byte of bytes) {
      if (byte === TILDE && this.#atLineStart) escaped.push(TILDE);
      escaped.push(byte);
      this.#atLineStart = isLineEnd(byte);
    }
    return Buffer.from(escaped);
  }
}
