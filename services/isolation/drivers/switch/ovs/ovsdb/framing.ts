/**
 * RFC 7047 section 4: JSON texts follow each other on the stream with nothing between them, so the end of one is
 * found by counting its brackets. Works on bytes: no byte of a multi-byte UTF-8 character looks like a bracket.
 */

/** Far above any answer that we ask for; a peer that sends more is not an OVSDB server. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (byte: number) => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number) => byte === 0x7d || byte === 0x5d;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

export class JsonTextSplitter {
  #parts: Buffer[] = [];
  #bytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** The values of the texts that this chunk completes. Throws on what is no sequence of JSON objects and arrays. */
  push(chunk: Buffer): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (this.#ends(chunk[at]!)) {
        values.push(this.#take(chunk.subarray(start, at + 1)));
        start = at + 1;
      }
    }
    this.#keep(chunk.subarray(start));
    return values;
  }

  /** Whether this byte closes the outermost bracket. */
  #ends(byte: number): boolean {
    if (this.#escaped) {
      this.#escaped = false;
    } else if (this.#inString) {
      if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (isOpening(byte)) {
      this.#depth++;
    } else if (isClosing(byte) && this.#depth > 0) {
      return --this.#depth === 0;
    } else if (byte === QUOTE && this.#depth > 0) {
      this.#inString = true;
    } else if (this.#depth === 0 && !isSpace(byte)) {
      throw new Error(`byte 0x${byte.toString(16)} where a JSON object should begin`);
    }
    return false;
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > MAX_TEXT_BYTES) throw new Error(`a JSON text of more than ${MAX_TEXT_BYTES} bytes`);
    this.#parts.push(part);
  }

  #take(last: Buffer): unknown {
    this.#keep(last);
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return JSON.parse(text);
  }
}
