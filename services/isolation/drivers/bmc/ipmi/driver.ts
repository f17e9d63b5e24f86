/** The driver of BMCs that speak IPMI 2.0 over LAN: power, boot device, sensors, and the console by serial over LAN. */
import { POWER_WORDS } from '../call.ts';
import type { BmcDriver, BootDevice, ConsoleOptions } from '../driver.ts';
import { bmcFailed, bmcRefused, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { IpmiConsole } from './console.ts';
import { type IpmiCall, ipmitool } from './ipmitool.ts';
import { parsePowerReading, parseSensors } from './sensors.ts';
import { bmcName, type IpmiSettings, ipmiSettingsSchema, parseIpmiSettings } from './settings.ts';

/** One turn for each BMC, whoever asks: they hold few sessions, and some mix up two that are open at once. */
const turns = new Turns();
/** The reader of each BMC's console; one comes after another. */
const consoles = new Map<string, IpmiConsole>();
const openings = new Turns();

export const ipmiDriver: BmcDriver = {
  type: 'ipmi',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
    bootDevices: ['network', 'disk', 'none'],
    persistentBoot: true,
    console: true,
    sensors: true,
    powerDraw: true,
  },
  settingsSchema: ipmiSettingsSchema,
  secretSettings: ['password'],

  async powerState(settings, options) {
    const what = 'tell its power state';
    return await readPower({ settings: parseIpmiSettings(settings), what, signal: options?.signal });
  },

  async setPower(settings, action, options) {
    const call = {
      settings: parseIpmiSettings(settings),
      what: POWER_WORDS[action],
      signal: options?.signal,
    };
    // BMCs disagree about these on a server that is off: some refuse, some power it on.
    if (action !== 'on' && action !== 'off' && (await readPower(call)) === 'off') {
      throw bmcWrongState(bmcName(call.settings), call.what);
    }
    await ipmitool(turns, call, 'chassis', 'power', action);
  },

  async setBootDevice(settings, boot, options) {
    const call = {
      settings: parseIpmiSettings(settings),
      what: 'set the boot device',
      signal: options?.signal,
    };
    await ipmitool(turns, call, ...bootCommand(boot));
  },

  async sensors(settings, options) {
    const call = { settings: parseIpmiSettings(settings), what: 'tell its sensors', signal: options?.signal };
    return parseSensors(await ipmitool(turns, call, '-c', 'sdr'));
  },

  async powerDraw(settings, options) {
    const call = {
      settings: parseIpmiSettings(settings),
      what: 'tell its power draw',
      signal: options?.signal,
    };
    const reading = parsePowerReading(await ipmitool(turns, call, 'dcmi', 'power', 'reading'));
    if (typeof reading === 'number') return reading;
    throw bmcRefused(bmcName(call.settings), call.what, reading.why);
  },

  async openConsole(settings, options) {
    const parsed = parseIpmiSettings(settings);
    return await openings.take(bmcName(parsed), undefined, () => takeConsole(parsed, options));
  },
};

async function readPower(call: IpmiCall) {
  const answer = await ipmitool(turns, call, 'chassis', 'power', 'status');
  const state = /Chassis Power is (on|off)/.exec(answer)?.[1];
  if (state === 'on' || state === 'off') return state;
  throw bmcFailed(bmcName(call.settings), call.what, `it answered "${answer.trim().slice(0, 80)}".`);
}

async function takeConsole(settings: IpmiSettings, options: ConsoleOptions): Promise<IpmiConsole> {
  const name = bmcName(settings);
  await consoles.get(name)?.yield();
  const console = await IpmiConsole.open(settings, turns, options);
  consoles.set(name, console);
  const forget = () => {
    if (consoles.get(name) === console) consoles.delete(name);
  };
  console.closed.then(forget, forget);
  return console;
}

/** Taking a choice back means "no override": neither persistence nor firmware belong to that. */
export function bootCommand({ device, persistent, firmware }: BootDevice): string[] {
  const name = { network: 'pxe', disk: 'disk', none: 'none' }[device];
  const flags = [...(persistent ? ['persistent'] : []), ...(firmware === 'uefi' ? ['efiboot'] : [])];
  const options = device === 'none' || flags.length === 0 ? [] : [`options=${flags.join(',')}`];
  return ['chassis', 'bootdev', name, ...options];
}
