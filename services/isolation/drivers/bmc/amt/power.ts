/** The power of a machine with AMT (DSP1027, Power State Management Profile). */
import { childOf, childrenOf, type Element } from '../../xml.ts';
import type { PowerAction, PowerState } from '../driver.ts';
import type { Client } from './client.ts';

/** What the profile calls a power state, as state and as request. */
const STATE = {
  on: 2,
  cycle: 5,
  offHard: 6,
  hibernate: 7,
  offSoft: 8,
  reset: 10,
  offSoftGraceful: 12,
  offHardGraceful: 13,
} as const;

/** A machine that sleeps (3, 4) keeps its memory, and one in transition may be anywhere: both are on. */
const OFF: ReadonlySet<number> = new Set([
  STATE.offHard,
  STATE.hibernate,
  STATE.offSoft,
  STATE.offSoftGraceful,
  STATE.offHardGraceful,
]);
const LAST_STATE = 16;

/** "Off - soft" is S5, as a power button that is held: the operating system is not asked. */
const REQUEST: Readonly<Record<PowerAction, number>> = {
  on: STATE.on,
  off: STATE.offSoft,
  cycle: STATE.cycle,
  reset: STATE.reset,
  soft: STATE.offSoftGraceful,
};

const ASSOCIATION = { class: 'CIM_AssociatedPowerManagementService', keys: {} };
const SERVICE = {
  class: 'CIM_PowerManagementService',
  keys: { Name: 'Intel(r) AMT Power Management Service' },
};
const MACHINE = {
  class: 'CIM_ComputerSystem',
  keys: { CreationClassName: 'CIM_ComputerSystem', Name: 'ManagedSystem' },
};

export type Power = {
  readonly state: PowerState;
  /** In S0, which `on` need not be: a machine that sleeps is woken by `on`. */
  readonly awake: boolean;
  /** The requests that it takes now; undefined before AMT 10, which does not say. */
  readonly takes: readonly number[] | undefined;
};

export async function readPower(client: Client): Promise<Power> {
  const association = await client.get(ASSOCIATION);
  const number = numberOf(childOf(association, 'PowerState'));
  if (!(number >= STATE.on && number <= LAST_STATE)) {
    const said = childOf(association, 'PowerState')?.text;
    throw client.failed(
      `it says that the power state is ${said === undefined ? 'nothing' : `"${said.slice(0, 20)}"`}.`,
    );
  }
  const takes = childrenOf(association, 'AvailableRequestedPowerStates').map(numberOf);
  return {
    state: OFF.has(number) ? 'off' : 'on',
    awake: number === STATE.on,
    takes: takes.length === 0 ? undefined : takes,
  };
}

export async function requestPower(client: Client, { takes }: Power, action: PowerAction): Promise<void> {
  const request = REQUEST[action];
  if (takes !== undefined && !takes.includes(request)) {
    const why = action === 'soft' ? ' Its operating system must run, with the service LMS.' : '';
    throw client.refused(`it takes the requests ${takes.join(', ')} now, and not ${request}.${why}`);
  }
  await client.invoke('RequestPowerStateChange', SERVICE, [
    ['PowerState', String(request)],
    ['ManagedElement', MACHINE],
  ]);
}

const numberOf = (element: Element | undefined): number =>
  /^\d{1,5}$/.test(element?.text ?? '') ? Number(element!.text) : Number.NaN;
