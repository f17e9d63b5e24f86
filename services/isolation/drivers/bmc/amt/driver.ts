/** The driver of machines with Intel AMT, spoken to by WS-Management: power, and the boot device for one boot. */
import { POWER_WORDS } from '../call.ts';
import type { BmcDriver, CallOptions } from '../driver.ts';
import { bmcLacks, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { setBoot } from './boot.ts';
import { Client } from './client.ts';
import { readPower, requestPower } from './power.ts';
import { amtSettingsSchema, bmcName, parseAmtSettings } from './settings.ts';

/** One turn for each machine, whoever asks: AMT has few connections, and a boot order is set in several steps. */
const turns = new Turns();

export const amtDriver: BmcDriver = {
  type: 'amt',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
    bootDevices: ['network', 'disk', 'none'],
    persistentBoot: false,
    console: false,
  },
  settingsSchema: amtSettingsSchema,
  secretSettings: ['password'],

  powerState: (settings, options) =>
    withClient(settings, 'tell its power state', options, async (client) => (await readPower(client)).state),

  setPower: (settings, action, options) =>
    withClient(settings, POWER_WORDS[action], options, async (client, name) => {
      const power = await readPower(client);
      // What is so already is refused as a transition that there is not.
      if (action === 'off' && power.state === 'off') return;
      if (action === 'on' && power.awake) return;
      if (action !== 'on' && power.state === 'off') throw bmcWrongState(name, POWER_WORDS[action]);
      await requestPower(client, power, action);
    }),

  async setBootDevice(settings, { device, persistent }, options) {
    const what = 'set the boot device';
    if (persistent && device !== 'none') {
      throw bmcLacks('amt', bmcName(parseAmtSettings(settings)), `${what} for more than one boot`);
    }
    await withClient(settings, what, options, (client) => setBoot(client, device));
  },

  async openConsole(settings) {
    throw bmcLacks('amt', bmcName(parseAmtSettings(settings)), 'open the console');
  },
};

async function withClient<Result>(
  settings: unknown,
  what: string,
  options: CallOptions | undefined,
  work: (client: Client, name: string) => Promise<Result>,
): Promise<Result> {
  const call = { settings: parseAmtSettings(settings), what, signal: options?.signal };
  return await Client.run(turns, call, (client) => work(client, bmcName(call.settings)));
}
