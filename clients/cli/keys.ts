/** What is typed at a console: sent in order, a request at a time, until the sign to leave. */

/** At most so many characters go in one request. */
const BATCH = 1024;
const CTRL_BRACKET = '\u001d';

export type KeysOptions = {
  send: (typed: string) => Promise<void>;
  leave: () => void;
  /** What `~` and another key mean at the start of a line, beside leaving. */
  signs?: Readonly<Record<string, () => void>>;
};

export class Keys {
  readonly #options: KeysOptions;
  /** Rejects when keys could not be sent. */
  readonly failed: Promise<never>;
  readonly #fail: (error: unknown) => void;
  #waiting = '';
  #sending = false;
  #lineStart = true;
  /** A `~` at the start of a line, held back until the next key says whether it is a sign. */
  #tilde = false;

  constructor(options: KeysOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    this.#fail = reject;
    promise.catch(() => {});
  }

  /** `~.` leaves and `~~` is a tilde, both at the start of a line only, as in ssh. */
  type(typed: string): void {
    for (const key of typed) {
      if (key === CTRL_BRACKET || (this.#tilde && key === '.')) {
        this.#options.leave();
        return;
      }
      if (this.#tilde) {
        this.#tilde = false;
        const sign = this.#options.signs?.[key];
        if (sign) {
          sign();
          continue;
        }
        this.#waiting += key === '~' ? '~' : `~${key}`;
      } else if (key === '~' && this.#lineStart) {
        this.#tilde = true;
        continue;
      } else {
        this.#waiting += key;
      }
      this.#lineStart = key === '\r' || key === '\n';
    }
    void this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#waiting !== '') {
        const batch = this.#waiting.slice(0, BATCH);
        this.#waiting = this.#waiting.slice(BATCH);
        await this.#options.send(batch);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#sending = false;
    }
  }
}
