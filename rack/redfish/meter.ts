/**
 * Power draw and temperatures of a server that has no sensors: EMULATED, from the processor time of its process.
 * They rise and fall with the work of the guest; their levels are invented.
 */

/** A server whose processor time is known; undefined while it is off. */
export type Metered = { readonly cpuSeconds: number | undefined };

/** What an invented server of one socket draws. */
const STANDBY_WATTS = 6;
const IDLE_WATTS = 40;
const WATTS_PER_BUSY_CPU = 25;

const INLET_CELSIUS = 22;
const IDLE_CELSIUS = 36;
const CELSIUS_PER_BUSY_CPU = 18;
export const CRITICAL_CELSIUS = 95;

const IDLE_RPM = 2400;
const RPM_PER_BUSY_CPU = 3600;

/** Readings closer together than this repeat the former: the ticks of the clock would show more than the work. */
const SHORTEST_MS = 1000;

export type Readings = {
  watts: number;
  inletCelsius: number;
  /** Undefined while the server is off: nothing measures then. */
  cpuCelsius: number | undefined;
  fanRpm: number | undefined;
};

export class Meter {
  readonly #server: Metered;
  readonly #now: () => number;
  #at: number;
  #cpuSeconds: number | undefined;
  #busy = 0;

  constructor(server: Metered, now: () => number = () => performance.now()) {
    this.#server = server;
    this.#now = now;
    this.#at = now();
  }

  /** The mean since the last reading. */
  read(): Readings {
    const cpuSeconds = this.#server.cpuSeconds;
    const now = this.#now();
    const elapsedMs = now - this.#at;
    // Less than before: it was powered on again meanwhile, and has used all of this since.
    const before =
      this.#cpuSeconds !== undefined && this.#cpuSeconds <= (cpuSeconds ?? 0) ? this.#cpuSeconds : 0;
    if (elapsedMs >= SHORTEST_MS) {
      this.#busy = cpuSeconds === undefined ? 0 : (cpuSeconds - before) / (elapsedMs / 1000);
      this.#at = now;
      this.#cpuSeconds = cpuSeconds;
    }
    if (cpuSeconds === undefined) {
      return { watts: STANDBY_WATTS, inletCelsius: INLET_CELSIUS, cpuCelsius: undefined, fanRpm: undefined };
    }
    return {
      watts: Math.round(IDLE_WATTS + WATTS_PER_BUSY_CPU * this.#busy),
      inletCelsius: INLET_CELSIUS,
      cpuCelsius: Math.min(
        CRITICAL_CELSIUS - 1,
        Math.round(IDLE_CELSIUS + CELSIUS_PER_BUSY_CPU * this.#busy),
      ),
      fanRpm: Math.round(IDLE_RPM + RPM_PER_BUSY_CPU * this.#busy),
    };
  }
}
