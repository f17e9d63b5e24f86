/**
 * The driver of machines without a BMC: woken by Wake-on-LAN, shut down by a command over SSH. So only a system that
 * runs and lets us in can be switched off, and nobody but the machine itself tells its power.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inTurn, POWER_WORDS } from '../call.ts';
import type { BmcDriver, CallOptions, PowerAction } from '../driver.ts';
import { bmcFailed, bmcLacks, bmcWrongState } from '../errors.ts';
import { Turns } from '../turns.ts';
import { answers, answersWithin } from './answers.ts';
import { command } from './command.ts';
import {
  machineName,
  parseWolSettings,
  WOL_SECRETS,
  type WolSettings,
  wolSettingsSchema,
} from './settings.ts';
import { wake } from './wake.ts';

const turns = new Turns();

/** A call that is still at it then is given up. A cycle has to shut a system down within it. */
const CALL_MS = 28_000;
/** Of which the rest is for waking it up again. */
const SHUTDOWN_MS = 20_000;
const WAKE_TIMES = 5;

export const wolDriver: BmcDriver = {
  type: 'wol',
  capabilities: {
    powerActions: ['on', 'off', 'cycle', 'reset', 'soft'],
    bootDevices: [],
    persistentBoot: false,
    console: false,
    powerVerified: false,
  },
  settingsSchema: wolSettingsSchema,
  secretSettings: WOL_SECRETS,

  powerState: (settings, options) =>
    withMachine(settings, 'tell its power state', options, async (machine, signal) =>
      (await answersWithin(machine, machine.quietSeconds * 1000, signal)) ? 'on' : 'off',
    ),

  setPower: (settings, action, options) =>
    withMachine(settings, POWER_WORDS[action], options, (machine, signal) =>
      setPower(machine, action, signal),
    ),

  async setBootDevice(settings) {
    throw bmcLacks('wol', machineName(parseWolSettings(settings)), 'set the boot device');
  },

  async openConsole(settings) {
    throw bmcLacks('wol', machineName(parseWolSettings(settings)), 'open the console');
  },
};

async function withMachine<Result>(
  settings: unknown,
  what: string,
  options: CallOptions | undefined,
  work: (machine: WolSettings, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const machine = parseWolSettings(settings);
  const call = { what, signal: options?.signal };
  return await inTurn(turns, machineName(machine), call, CALL_MS, (signal) => work(machine, signal));
}

async function setPower(machine: WolSettings, action: PowerAction, signal: AbortSignal): Promise<void> {
  // A machine that is on does not mind.
  if (action === 'on') return await wake(machine, signal);
  const what = POWER_WORDS[action];
  const name = machineName(machine);
  if (!(await answersWithin(machine, machine.quietSeconds * 1000, signal))) {
    if (action === 'off') return;
    throw bmcWrongState(name, what);
  }
  await command(machine, what, action === 'reset' ? machine.reboot : machine.shutdown, signal);
  if (action !== 'cycle') return;
  await untilSilent(machine, what, signal);
  // A machine that is silent may not be off yet, and is deaf until it is. Each look at it takes a second.
  for (let time = 0; time < WAKE_TIMES; time++) {
    await wake(machine, signal);
    if (await answers(machine, signal)) return;
  }
}

async function untilSilent(machine: WolSettings, what: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + SHUTDOWN_MS;
  let silentSince: number | undefined;
  for (;;) {
    const answered = await answers(machine, signal);
    const now = performance.now();
    silentSince = answered ? undefined : (silentSince ?? now);
    if (silentSince !== undefined && now - silentSince >= machine.quietSeconds * 1000) return;
    if (answered && now > until) {
      const why = `it still answers ${SHUTDOWN_MS / 1000} s after it was told to shut down; switch it on when it is off.`;
      throw bmcFailed(machineName(machine), what, why);
    }
    await sleep(250, undefined, { signal });
  }
}
