/** A session with a switch that cannot hang: every call of its driver has an end, and a late one ends the session. */
import { BullionError, within } from '@bullion/service';
import type { LearnedAddress, Neighbour, SwitchDriver } from './drivers/switch/driver.ts';
import type { PortConfig, PortState } from './drivers/switch/port.ts';

/** How long the end of a session is waited for, in milliseconds. */
const CLOSE_MS = 2000;

export type GuardedSession = {
  /** The sealed settings that it was opened with: they tell one registration of a switch from another. */
  readonly settings: string;
  listPorts(): Promise<string[]>;
  read(ports: readonly string[]): Promise<Map<string, PortState>>;
  /** As the driver's. What was applied is not saved yet. */
  apply(changes: ReadonlyMap<string, PortConfig>): Promise<Map<string, BullionError>>;
  /** Saves what was applied, where the switch would forget it otherwise. */
  save(): Promise<void>;
  /** There where the driver has it. */
  addresses?(): Promise<LearnedAddress[]>;
  neighbours?(): Promise<Map<string, Neighbour[]>>;
  close(): Promise<void>;
};

type Options = { settings: string; open: unknown; timeoutMs: number; signal: AbortSignal };

/** Connects. Every call rejects with `switch_timeout` after `timeoutMs`. */
export async function guard(
  driver: SwitchDriver,
  switchName: string,
  { settings, open, timeoutMs, signal }: Options,
): Promise<GuardedSession> {
  const end = new AbortController();
  const call = async <Result>(doing: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await within(timeoutMs, work, {
        who: `The switch "${switchName}"`,
        what: doing,
        code: 'switch_timeout',
      });
    } catch (error) {
      if (error instanceof BullionError && error.code === 'switch_timeout') end.abort(error);
      throw error;
    }
  };
  const connecting = driver.connect(open, { signal: AbortSignal.any([signal, end.signal]) });
  // One that connects after all, too late, is closed.
  connecting.then((late) => (end.signal.aborted ? late.close() : undefined)).catch(() => {});
  const session = await call('connect', connecting);
  // A former process may have died between a change and its saving.
  let unsaved = true;
  return {
    settings,
    listPorts: () => call('list its ports', session.listPorts()),
    read: (ports) => call('read its ports', session.read(ports)),
    apply(changes) {
      unsaved = true;
      return call('change its ports', session.apply(changes));
    },
    async save() {
      if (unsaved && session.save) await call('save its configuration', session.save());
      unsaved = false;
    },
    ...(session.addresses && { addresses: () => call('tell what it learned', session.addresses!()) }),
    ...(session.neighbours && { neighbours: () => call('tell its neighbours', session.neighbours!()) }),
    async close() {
      await within(CLOSE_MS, session.close(), {
        who: switchName,
        what: 'close',
        code: 'switch_timeout',
      }).catch(() => {});
      end.abort();
    },
  };
}
