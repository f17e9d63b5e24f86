/** The driver of BMCs that speak IPMI 2.0 over LAN: power, boot device, and the console by serial over LAN. */
import type { BmcDriver, BootDevice, ConsoleOptions, PowerAction } from '../driver.ts';
import { bmcFailed, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { IpmiConsole } from './console.ts';
import { type Call, ipmitool } from './ipmitool.ts';
import { bmcName, type IpmiSettings, ipmiSettingsSchema, parseIpmiSettings } from './settings.ts';

/** One turn for each BMC, whoever asks: they hold few sessions, and some mix up two that are open at once. */
const turns = new Turns();
/** The reader of each BMC's console; one comes after another. */
const consoles = new Map<string, IpmiConsole>();
const openings = new Turns();

const WHAT: Record<PowerAction, string> = {
  on: 'power the server on',
  off: 'power the server off',
  cycle: 'power-cycle the server',
  reset: 'reset the server',
  soft: 'ask the server to shut down',
};

export const ipmiDriver: BmcDriver = {
  type: 'ipmi',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
    bootDevices: ['network', 'disk', 'none'],
    persistentBoot: true,
    console: true,
  },
  settingsSchema: ipmiSettingsSchema,
  secretSettings: ['password'],

  async powerState(settings, options) {
    const what = 'tell its power state';
    return await readPower({ settings: parseIpmiSettings(settings), what, signal: options?.signal });
  },

  async setPower(settings, action, options) {
    const call = { settings: parseIpmiSettings(settings), what: WHAT[action], signal: options?.signal };
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

  async openConsole(settings, options) {
    const parsed = parseIpmiSettings(settings);
    return await openings.take(bmcName(parsed), undefined, () => takeConsole(parsed, options));
  },
};

async function readPower(call: Call) {
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
