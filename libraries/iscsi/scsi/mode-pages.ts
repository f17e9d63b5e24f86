/** Mode pages (SPC-4 7.5, SBC-3 6.4): Read-Write Error Recovery, Caching, Control. */

export const PageControl = { Current: 0, Changeable: 1, Default: 2, Saved: 3 } as const;

const READ_WRITE_ERROR_RECOVERY = 0x01;
const CACHING = 0x08;
const CONTROL = 0x0a;
/** All pages, without and with subpages. */
export const ALL_PAGES = 0x3f;

const D_SENSE = 0x04;
const SWP = 0x08;

/** WCE: there is a volatile cache, so that initiators send SYNCHRONIZE CACHE (SBC-3 6.4.5). */
const DEFAULTS: ReadonlyMap<number, readonly number[]> = new Map([
  [READ_WRITE_ERROR_RECOVERY, [0x01, 0x0a, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  [CACHING, [0x08, 0x12, 0x04, ...new Array<number>(17).fill(0)]],
  // QUEUE ALGORITHM MODIFIER 1: simple commands are run in any order. BUSY TIMEOUT: no limit. No task aborted status.
  [CONTROL, [0x0a, 0x0a, 0x00, 0x10, 0, 0, 0, 0, 0xff, 0xff, 0, 0]],
]);

/** Bits that MODE SELECT may change. */
const CHANGEABLE: ReadonlyMap<number, readonly number[]> = new Map([
  [CONTROL, [0x0a, 0x0a, D_SENSE, 0, SWP, 0, 0, 0, 0, 0, 0, 0]],
]);

const blank = (page: number): readonly number[] => {
  const [code, length] = DEFAULTS.get(page)!;
  return [code!, length!, ...new Array<number>(length!).fill(0)];
};

export class ModePages {
  #current = new Map<number, Uint8Array>();

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#current = new Map([...DEFAULTS].map(([code, bytes]) => [code, Uint8Array.from(bytes)]));
  }

  get descriptorSense(): boolean {
    return (this.#current.get(CONTROL)![2]! & D_SENSE) !== 0;
  }

  get softwareWriteProtect(): boolean {
    return (this.#current.get(CONTROL)![4]! & SWP) !== 0;
  }

  /** The page, or all of them; undefined when there is no such page. */
  read(page: number, control: number): Uint8Array | undefined {
    if (page === ALL_PAGES)
      return Buffer.concat([...DEFAULTS.keys()].map((code) => this.#one(code, control)));
    return DEFAULTS.has(page) ? this.#one(page, control) : undefined;
  }

  #one(page: number, control: number): Uint8Array {
    if (control === PageControl.Changeable) return Uint8Array.from(CHANGEABLE.get(page) ?? blank(page));
    return control === PageControl.Default ? Uint8Array.from(DEFAULTS.get(page)!) : this.#current.get(page)!;
  }

  /**
   * Takes a page of a MODE SELECT. Returns the offset in it of the first byte that is wrong, or undefined when it
   * was taken.
   */
  write(page: Uint8Array): number | undefined {
    const code = page[0]! & 0x3f;
    const current = this.#current.get(code);
    if (current === undefined) return 0;
    if (page.length !== current.length || page[1] !== current[1]) return 1;
    const mask = CHANGEABLE.get(code) ?? blank(code);
    for (let i = 2; i < current.length; i += 1) {
      if (((page[i]! ^ current[i]!) & ~mask[i]!) !== 0) return i;
    }
    current.set(page.subarray(2), 2);
    return undefined;
  }
}
