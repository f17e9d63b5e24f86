/** The server that a BMC looks after, read from its Redfish service, and what it lets one do. */
import type { PowerAction, PowerState } from '../driver.ts';
import type { Client } from './client.ts';
import { field } from './failures.ts';

const SYSTEMS = '/redfish/v1/Systems';

export type System = {
  path: string;
  body: unknown;
  /** Names the state of the resource that was read. */
  etag: string | undefined;
};

/** The system of this Id, or the only one. */
export async function readSystem(client: Client, id: string | undefined): Promise<System> {
  const paths = id === undefined ? await membersOf(client, SYSTEMS) : [`${SYSTEMS}/${id}`];
  if (paths.length !== 1) {
    const ids = paths.map((path) => path.split('/').at(-1)).join(', ');
    throw client.failed(`it has ${paths.length} systems (${ids}); name one of them in the setting "system".`);
  }
  return readAgain(client, paths[0]!);
}

export async function readAgain(client: Client, path: string): Promise<System> {
  const { body, headers } = await client.get(path);
  const tag = headers.etag ?? field(body, '@odata.etag');
  return { path, body, etag: typeof tag === 'string' ? tag : undefined };
}

/** DSP0268 has more states than two: a server that is on its way off is still on. */
export function powerOf(client: Client, { body }: System): PowerState {
  const state = field(body, 'PowerState');
  if (state === 'Off') return 'off';
  if (state === 'On' || state === 'PoweringOn' || state === 'PoweringOff' || state === 'Paused') return 'on';
  throw client.failed(`it says that the power is ${JSON.stringify(state) ?? 'nothing'}.`);
}

const RESET_TYPES: Record<PowerAction, string> = {
  on: 'On',
  off: 'ForceOff',
  cycle: 'PowerCycle',
  reset: 'ForceRestart',
  soft: 'GracefulShutdown',
};

export const resetTypeOf = (action: PowerAction): string => RESET_TYPES[action];

/** Where to post a reset, and which types the BMC says it takes; undefined where it does not say. */
export function resetOf(client: Client, { body }: System): { target: string; types: string[] | undefined } {
  const reset = field(field(body, 'Actions'), '#ComputerSystem.Reset');
  const target = field(reset, 'target');
  if (typeof target !== 'string') throw client.failed('this system has no reset action.');
  const types = field(reset, 'ResetType@Redfish.AllowableValues');
  return { target, types: Array.isArray(types) ? types.map(String) : undefined };
}

/** The paths of a collection's members. */
export async function membersOf(client: Client, path: string): Promise<string[]> {
  const { body } = await client.get(path);
  const members = field(body, 'Members');
  return (Array.isArray(members) ? members : []).map(linkOf).filter((member) => member !== undefined);
}

/** The path that a link names, within this service. */
export function linkOf(link: unknown): string | undefined {
  const path = field(link, '@odata.id');
  return typeof path === 'string' && path.startsWith('/redfish/') ? path : undefined;
}
