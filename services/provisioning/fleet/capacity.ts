/**
 * How many boots this service and its network can carry at once, where the operator has not said.
 *
 * A boot is given `SHARE_S` seconds to fetch what it reads if all of them read at the same moment: bound = capacity x
 * SHARE_S / bytes of a boot. The bytes are those of the last boots, as the targets counted them. The capacity is the
 * slower of the network's link, as the kernel tells its speed, and the target process, of which it is known how much it
 * has served in its best second; until it has served more, what one core of a small machine serves is taken for it.
 */
import { readFileSync } from 'node:fs';

const SHARE_S = 30;
/** What a Debian with its kernel and initramfs reads until it reports, about; until there is something better. */
const FIRST_GUESS_BYTES = 160 * 2 ** 20;
/** Weight of the newest boot. */
const LEARN = 0.2;
/** One process on one core (`npm run bench -- iscsi`). */
const TARGET_BYTES_PER_S = 300 * 2 ** 20;
/** A bridge or a virtual interface does not know its speed. */
const LINK_MBITS = 1000;
const MOST = 1024;

export class Capacity {
  readonly #linkBytesPerS: number;
  #bootBytes = FIRST_GUESS_BYTES;
  #bestBytesPerS = TARGET_BYTES_PER_S;

  constructor(linkMbits: number | undefined) {
    this.#linkBytesPerS = ((linkMbits ?? LINK_MBITS) * 1e6) / 8;
  }

  /** A boot is through, and has read so much. */
  learnBoot(bytes: number): void {
    if (bytes > 0) this.#bootBytes += (bytes - this.#bootBytes) * LEARN;
  }

  /** So much went through the targets in some time. */
  learnRate(bytes: number, seconds: number): void {
    if (seconds > 0) this.#bestBytesPerS = Math.max(this.#bestBytesPerS, bytes / seconds);
  }

  /** At least one: a service that can boot nothing is of no use. */
  bound(): number {
    const perSecond = Math.min(this.#linkBytesPerS, this.#bestBytesPerS);
    return Math.min(MOST, Math.max(1, Math.floor((perSecond * SHARE_S) / this.#bootBytes)));
  }
}

/** Megabits a second; undefined where the kernel does not know. */
export function linkSpeed(name: string): number | undefined {
  try {
    const speed = Number(readFileSync(`/sys/class/net/${name}/speed`, 'utf8'));
    return speed > 0 ? speed : undefined;
  } catch {
    return undefined; // A loopback or a bridge without ports refuses to be read.
  }
}
