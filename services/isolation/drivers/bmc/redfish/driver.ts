/** The driver of BMCs that speak Redfish: power, boot device, sensors and power draw. Redfish has no console. */
import { setTimeout as sleep } from 'node:timers/promises';
import { POWER_WORDS } from '../call.ts';
import type { BmcDriver, BootDevice, CallOptions, PowerAction } from '../driver.ts';
import { bmcLacks, bmcRefused, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { Client, type RedfishCall } from './client.ts';
import { field } from './failures.ts';
import { readPowerDraw, readSensors } from './sensors.ts';
import { bmcName, parseRedfishSettings, redfishSettingsSchema } from './settings.ts';
import { powerOf, readAgain, readSystem, resetOf, resetTypeOf, type System } from './system.ts';

/** One turn for each BMC, whoever asks: a boot device is read and written, and no other may write between. */
const turns = new Turns();

/** How often and how many times the power is looked at while it goes off in a cycle of our own. */
const POLL_MS = 250;
const POLLS = 40;

export const redfishDriver: BmcDriver = {
  type: 'redfish',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
    bootDevices: ['network', 'disk', 'none'],
    persistentBoot: true,
    console: false,
    sensors: true,
    powerDraw: true,
  },
  settingsSchema: redfishSettingsSchema,
  secretSettings: ['password'],

  powerState: (settings, options) =>
    withSystem(settings, 'tell its power state', options, async ({ client, system }) =>
      powerOf(client, system),
    ),

  setPower: (settings, action, options) =>
    withSystem(settings, POWER_WORDS[action], options, (reached) => setPower(reached, action)),

  setBootDevice: (settings, boot, options) =>
    withSystem(settings, 'set the boot device', options, (reached) => setBoot(reached, boot)),

  sensors: (settings, options) =>
    withSystem(settings, 'tell its sensors', options, ({ client, system }) => readSensors(client, system)),

  powerDraw: (settings, options) =>
    withSystem(settings, 'tell its power draw', options, async ({ call, client, system }) => {
      const watts = await readPowerDraw(client, system);
      if (watts !== undefined) return watts;
      throw bmcRefused(bmcName(call.settings), call.what, 'it has no PowerConsumedWatts.');
    }),

  async openConsole(settings) {
    throw bmcLacks('redfish', bmcName(parseRedfishSettings(settings)), 'open the console');
  },
};

type Reached = { call: RedfishCall; client: Client; system: System };

async function withSystem<T>(
  settings: unknown,
  what: string,
  options: CallOptions | undefined,
  work: (reached: Reached) => Promise<T>,
): Promise<T> {
  const call = { settings: parseRedfishSettings(settings), what, signal: options?.signal };
  return await Client.run(turns, call, async (client) =>
    work({ call, client, system: await readSystem(client, call.settings.system) }),
  );
}

async function setPower({ call, client, system }: Reached, action: PowerAction): Promise<void> {
  const power = powerOf(client, system);
  // Some BMCs refuse to switch a server on that is on. One that is still on its way there is asked.
  const settled = field(system.body, 'PowerState') === (power === 'on' ? 'On' : 'Off');
  if (action === power && settled) return;
  if (power === 'off' && action !== 'on' && action !== 'off') {
    throw bmcWrongState(bmcName(call.settings), call.what);
  }
  const { target, types } = resetOf(client, system);
  const type = resetTypeOf(action);
  const reset = (ResetType: string) => client.post(target, { ResetType });
  if (types === undefined || types.includes(type)) {
    await reset(type);
  } else if (action === 'cycle') {
    await reset('ForceOff');
    await untilOff(client, system.path);
    await reset('On');
  } else {
    throw bmcRefused(bmcName(call.settings), call.what, `it offers ${types.join(', ')}, and not ${type}.`);
  }
}

async function untilOff(client: Client, path: string): Promise<void> {
  for (let polls = 0; polls < POLLS; polls++) {
    if (powerOf(client, await readAgain(client, path)) === 'off') return;
    await sleep(POLL_MS);
  }
  throw client.failed(`the server is still on ${(POLL_MS * POLLS) / 1000} s after it was switched off.`);
}

async function setBoot({ client, system }: Reached, boot: BootDevice): Promise<void> {
  const patch = async ({ path, body, etag }: System) =>
    client.send(
      'PATCH',
      path,
      { Boot: override(boot, field(body, 'Boot')) },
      etag ? { 'If-Match': etag } : {},
    );
  let sent = await patch(system);
  // Something of the system has changed since it was read, its power perhaps.
  if (sent.status === 412) sent = await patch(await readAgain(client, system.path));
  if (sent.status < 200 || sent.status >= 300) throw client.refusal(sent);
}

/** What to write, given the `Boot` that was read. Taking a choice back says nothing of the firmware. */
export function override({ device, persistent, firmware }: BootDevice, current: unknown): object {
  if (device === 'none') return { BootSourceOverrideTarget: 'None', BootSourceOverrideEnabled: 'Disabled' };
  const mode = firmware === 'uefi' ? 'UEFI' : 'Legacy';
  const shown = field(current, 'BootSourceOverrideMode');
  return {
    BootSourceOverrideTarget: device === 'network' ? 'Pxe' : 'Hdd',
    BootSourceOverrideEnabled: persistent ? 'Continuous' : 'Once',
    // BMCs that know one firmware only do not have it, and some refuse to be told what is so already.
    ...(shown !== undefined && shown !== mode && { BootSourceOverrideMode: mode }),
  };
}
