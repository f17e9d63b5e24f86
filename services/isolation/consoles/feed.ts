/** What one reader has yet to be given of what a server prints now. A reader that is too slow loses the feed, not time. */
import type { Piece } from './log-reader.ts';

/** Why a feed ended: the allocation did, the service closes, or its reader fell behind by more than it may. */
export type FeedEnd = 'released' | 'closing' | 'slow';

export class Feed {
  /** The first byte that it gives. */
  readonly start: number;
  readonly #limit: number;
  readonly #onSlow: (() => void) | undefined;
  #waiting: Piece[] = [];
  #bytes = 0;
  #end: FeedEnd | undefined;
  #wake = Promise.withResolvers<void>();

  /** `onSlow` is told at once; the reader itself may be stuck in what it does with the last piece. */
  constructor(start: number, limit: number, onSlow?: () => void) {
    this.start = start;
    this.#limit = limit;
    this.#onSlow = onSlow;
  }

  /** Never waits: the console has one recorder, and nobody may hold it up. The same bytes are shared by all feeds. */
  push(offset: number, bytes: Buffer): void {
    if (this.#end) return;
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limit) {
      this.end('slow');
      this.#onSlow?.();
      return;
    }
    this.#waiting.push({ offset, bytes });
    this.#wake.resolve();
  }

  /** What waits is still given, but to one who was too slow. */
  end(why: FeedEnd): void {
    this.#end ??= why;
    if (this.#end === 'slow') this.#waiting = [];
    this.#wake.resolve();
  }

  /** Gives all of it as it comes, and returns why there is no more. Leaving early ends it. */
  async *read(): AsyncGenerator<Piece, FeedEnd> {
    for (;;) {
      for (let piece = this.#waiting.shift(); piece; piece = this.#waiting.shift()) {
        if ('bytes' in piece) this.#bytes -= piece.bytes.length;
        yield piece;
      }
      if (this.#end) return this.#end;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }
}
