/** The end of a stream of bytes, with a remark where its beginning was let go. */
export class Tail {
  readonly #keptBytes: number;
  #chunks: Buffer[] = [];
  #heldBytes = 0;
  /** All that came. */
  seenBytes = 0;

  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#heldBytes += chunk.length;
    this.seenBytes += chunk.length;
    // Twice as much is held as is kept, so that little is copied.
    if (this.#heldBytes > 2 * this.#keptBytes) this.#shorten();
  }

  text(): string {
    if (this.seenBytes <= this.#keptBytes) return Buffer.concat(this.#chunks).toString();
    this.#shorten();
    const end = Buffer.concat(this.#chunks).toString();
    return `... ${this.seenBytes - this.#heldBytes} bytes before this were not kept\n${end}`;
  }

  #shorten(): void {
    const end = Buffer.concat(this.#chunks).subarray(-this.#keptBytes);
    this.#chunks = [Buffer.from(end)];
    this.#heldBytes = end.length;
  }
}
