/** One initiator port's relation with a logical unit (SAM-5 4.8: the I_T_L nexus), for as long as its session lasts. */
import type { Sense } from './sense.ts';
import { SenseKey } from './sense.ts';

/** More than this many conditions tell an initiator nothing new: it has to look at everything again. */
const MAX_ATTENTIONS = 16;

export class Nexus {
  /** The initiator port: name and ISID, "iqn...,i,0x00023d000000" (RFC 7143 4.4.3); reservations are kept under it. */
  readonly port: string;
  /** Unit attention conditions not yet reported, oldest first (SAM-5 5.14). */
  readonly #attentions: number[] = [];

  constructor(port: string) {
    this.port = port;
  }

  attend(asc: number): void {
    if (this.#attentions.includes(asc) || this.#attentions.length >= MAX_ATTENTIONS) return;
    this.#attentions.push(asc);
  }

  get hasAttention(): boolean {
    return this.#attentions.length > 0;
  }

  /** Reporting a condition clears it. */
  takeAttention(): Sense | undefined {
    const asc = this.#attentions.shift();
    return asc === undefined ? undefined : { key: SenseKey.UnitAttention, asc };
  }
}
