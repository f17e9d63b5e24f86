/** A machine with AMT, as its documents have it: its power, and what it boots from next. No wire. */

/** CIM power states: 2 on, 4 sleep, 8 off. */
export type CimPower = 2 | 4 | 8;

export const SOURCES = ['Hard-drive', 'PXE', 'CD/DVD'].map((name) => `Intel(r) AMT: Force ${name} Boot`);
/** The return values of methods (DSP1027, DSP1012). */
const DONE = 0;
const INVALID_PARAMETER = 5;
const INVALID_TRANSITION = 4097;

/** The options that keep a boot source from being chosen. */
const BLOCKING = ['UseSOL', 'UseIDER', 'ReflashBIOS', 'BIOSPause', 'BIOSSetup'];

export class AmtMachine {
  power: CimPower = 8;
  /** What was asked for, and done. */
  readonly requests: number[] = [];
  /** Whether somebody looks at its screen by KVM: AMT refuses to switch off then. */
  redirected = false;
  /** Before AMT 10 it is not told which requests are possible. */
  tellsRequests = true;
  source: string | undefined;
  role: 1 | 32768 = 32768;
  readonly options = new Map([
    ['BIOSLastStatus', '2'],
    ['BIOSPause', 'false'],
    ['BIOSSetup', 'false'],
    ['BootMediaIndex', '0'],
    ['ElementName', 'Intel(r) AMT Boot Configuration Settings'],
    ['EnforceSecureBoot', 'true'],
    ['IDERBootDevice', '0'],
    ['InstanceID', 'Intel(r) AMT:BootSettingData 0'],
    ['OptionsCleared', 'true'],
    ['OwningEntity', 'Intel(r) AMT'],
    ['RSEPassword', ''],
    ['ReflashBIOS', 'false'],
    ['SecureErase', 'false'],
    ['UseIDER', 'false'],
    ['UseSOL', 'false'],
    ['WinREBootEnabled', 'true'],
  ]);

  /** What it boots from next, as far as AMT says so. */
  get next(): string | undefined {
    return this.role === 1 ? this.source : undefined;
  }

  get possible(): number[] {
    return this.power === 2 ? [8, 5, 10, 12, 14] : this.power === 4 ? [2, 8, 5, 10] : [2];
  }

  request(state: number): number {
    if (this.redirected && (state === 5 || state === 8)) return INVALID_TRANSITION;
    if (!this.possible.includes(state)) return INVALID_TRANSITION;
    this.requests.push(state);
    this.power = state === 8 || state === 12 ? 8 : 2;
    if (state !== 8 && state !== 12) this.#boot();
    return DONE;
  }

  /** An order counts only until it is taken back. */
  changeOrder(sources: readonly string[]): number {
    if (sources.some((one) => !SOURCES.includes(one))) return INVALID_PARAMETER;
    if (sources.length > 0 && BLOCKING.some((name) => this.options.get(name) === 'true')) {
      return INVALID_PARAMETER;
    }
    if (sources.length === 0) this.source = undefined;
    else this.source ??= sources[0];
    return DONE;
  }

  setRole(role: number): number {
    if (role !== 1 && role !== 32768) return INVALID_PARAMETER;
    this.role = role;
    return DONE;
  }

  #boot(): void {
    this.role = 32768;
  }
}
