/**
 * The driver of nodes that are reached through OBMd, HIL's daemon for out-of-band management: so that a HIL installation
 * can be taken over as it is. Wire-tested, not yet on metal: against a server that speaks OBMd's protocol.
 */
import type { BmcDriver, CallOptions, PowerState } from '../driver.ts';
import { bmcLacks, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { ask, type Call, call, failed, parsed } from './client.ts';
import { ObmdConsole } from './console.ts';
import { obmdSettingsSchema } from './settings.ts';

/** One turn for each node. */
const turns = new Turns();

const WHAT = {
  on: 'power the server on',
  off: 'power the server off',
  cycle: 'power-cycle the server',
  reset: 'reset the server',
  soft: 'ask the server to shut down',
} as const;
const BOOT = { network: 'pxe', disk: 'disk', none: 'none' } as const;

const inTurn = <Result>(
  settings: unknown,
  what: string,
  options: CallOptions | undefined,
  work: (asked: Call) => Promise<Result>,
) => call(turns, settings, what, options?.signal, work);

export const obmdDriver: BmcDriver = {
  type: 'obmd',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset'],
    bootDevices: ['network', 'disk', 'none'],
    persistentBoot: true,
    bootOnce: false,
    console: true,
    consoleInput: false,
  },
  settingsSchema: obmdSettingsSchema,
  secretSettings: ['password'],

  powerState: (settings, options) => inTurn(settings, 'tell its power state', options, stateOf),

  setPower: (settings, action, options) =>
    inTurn(settings, WHAT[action], options, async (asked) => {
      const { address } = asked.settings;
      if (action === 'soft') {
        throw bmcLacks('obmd', address, asked.what);
      }
      if (action === 'on' || action === 'off') {
        await ask(asked, 'POST', `power_${action}`);
        return;
      }
      // OBMd would switch a server on that is off.
      if ((await stateOf(asked)) === 'off') throw bmcWrongState(address, asked.what);
      // `force` is a reset to it, and no `force` a cycle; neither asks the operating system.
      await ask(asked, 'POST', 'power_cycle', { body: { force: action === 'reset' } });
    }),

  setBootDevice: (settings, { device, persistent }, options) =>
    inTurn(settings, 'set the boot device', options, async (asked) => {
      if (!persistent && device !== 'none') {
        throw bmcLacks('obmd', asked.settings.address, 'boot from another device once');
      }
      // It says nothing of the firmware: a BMC takes that for a BIOS.
      await ask(asked, 'PUT', 'boot_device', { body: { bootdev: BOOT[device] } });
    }),

  openConsole: (settings, options) => ObmdConsole.open(turns, settings, options),
};

async function stateOf(asked: Call): Promise<PowerState> {
  const response = await ask(asked, 'GET', 'power_status');
  const { power_status: state } = parsed(asked, await response.text()) as { power_status?: unknown };
  if (state === 'on' || state === 'off') return state;
  throw failed(asked, `it says that the power is ${JSON.stringify(state)?.slice(0, 100)}.`);
}
