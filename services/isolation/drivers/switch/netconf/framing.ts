/**
 * Framing of NETCONF messages over SSH (RFC 6242, section 4): the end-of-message mark up to both hellos, and chunks
 * after them when both sides can. Pure but for what has been received so far. Bytes in, whole messages out.
 */
const MARK = Buffer.from(']]>]]>');
const MAX_CHUNK = 4294967295;
const MAX_MESSAGE = 64 * 1024 * 1024;
/** `\n#` and ten digits and `\n`. */
const MAX_HEADER = 13;

export type Framing = 'mark' | 'chunks';

export function frame(message: string, framing: Framing): Buffer {
  const bytes = Buffer.from(message);
  return framing === 'mark'
    ? Buffer.concat([bytes, MARK])
    : Buffer.concat([Buffer.from(`\n#${bytes.length}\n`), bytes, Buffer.from('\n##\n')]);
}

/** Throws RangeError on what is no frame, and then can read nothing more. */
export class Unframer {
  framing: Framing = 'mark';
  #buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #length = 0;

  push(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (this.#length + this.#buffer.length > MAX_MESSAGE) throw new RangeError('a message is too long');
  }

  /** The next message; undefined when it is not whole yet. Asked for one by one: a hello may change the framing. */
  next(): string | undefined {
    return this.framing === 'mark' ? this.#nextMarked() : this.#nextChunked();
  }

  #nextMarked(): string | undefined {
    const end = this.#buffer.indexOf(MARK);
    if (end < 0) return undefined;
    const message = this.#buffer.subarray(0, end).toString();
    this.#buffer = this.#buffer.subarray(end + MARK.length);
    return message;
  }

  #nextChunked(): string | undefined {
    for (;;) {
      const head = this.#buffer.subarray(0, MAX_HEADER).toString('latin1');
      const match = /^\n#(?:(#)|([1-9]\d{0,9}))\n/.exec(head);
      if (match === null) {
        if (/^(\n(#(#|[1-9]\d{0,9})?)?)?$/.test(head)) return undefined;
        throw new RangeError(`not the head of a chunk: ${JSON.stringify(head)}`);
      }
      if (match[1] !== undefined) {
        if (this.#chunks.length === 0) throw new RangeError('a message without a chunk');
        this.#buffer = this.#buffer.subarray(match[0].length);
        const message = Buffer.concat(this.#chunks).toString();
        this.#chunks = [];
        this.#length = 0;
        return message;
      }
      const length = Number(match[2]);
      if (length > MAX_CHUNK) throw new RangeError(`a chunk of ${length} bytes`);
      const end = match[0].length + length;
      if (this.#buffer.length < end) return undefined;
      this.#chunks.push(this.#buffer.subarray(match[0].length, end));
      this.#length += length;
      this.#buffer = this.#buffer.subarray(end);
    }
  }
}
