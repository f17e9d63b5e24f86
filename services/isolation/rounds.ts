/** One round of a switch: what is wanted of its ports, making them so, and what is recorded of it. */
import { BullionError } from '@bullion/service';
import type { Context, Database, Trx } from './context.ts';
import {
  CLOSED,
  carries,
  describePort,
  isUnknown,
  type PortConfig,
  type PortState,
} from './drivers/switch/port.ts';
import { desiredPorts, isVerified, nicAt } from './ports.ts';
import type { PortTable } from './store/schema.ts';
import type { GuardedSession } from './switch-session.ts';

export type DuePort = Pick<PortTable, 'name' | 'version' | 'verified_version' | 'doubted'> & {
  wanted: PortConfig;
};

export type Outcome = {
  port: DuePort;
  /** As it was found, and as it was read last. */
  before: PortState;
  after: PortState;
  /** Why the port is not as wanted; undefined where it is. */
  error: BullionError | undefined;
};

/** The ports with work to do, or all; each with its version and what that version wants, of one moment. */
export async function lookUp(db: Database, switchName: string, all: boolean): Promise<DuePort[]> {
  const moment = db.transaction().setAccessMode('read only');
  return await moment.execute(async (trx) => {
    let query = trx
      .selectFrom('ports')
      .select(['name', 'version', 'verified_version', 'doubted'])
      .where('switch', '=', switchName);
    if (!all) {
      query = query.where((eb) =>
        eb.or([eb('verified_version', '<', eb.ref('version')), eb('doubted', '=', 1)]),
      );
    }
    const ports = await query.execute();
    const names = ports.map((port) => port.name);
    const wanted = await desiredPorts(trx, switchName, names);
    return ports.map((port) => ({ ...port, wanted: wanted.get(port.name)! }));
  });
}

/** Reads, applies what differs, and reads again. Throws where the switch as a whole fails: nothing is known then. */
export async function carryOut(
  switchName: string,
  session: GuardedSession,
  due: readonly DuePort[],
): Promise<Outcome[]> {
  const before = await session.read(due.map((port) => port.name));
  const apply = async (
    changes: Map<string, PortConfig>,
  ): Promise<[Map<string, BullionError>, Map<string, PortState>]> =>
    changes.size === 0
      ? [new Map(), new Map()]
      : [await session.apply(changes), await session.read([...changes.keys()])];

  const differing = due.filter(({ name, wanted }) => !carries(before.get(name)!, wanted));
  const [refused, read] = await apply(new Map(differing.map(({ name, wanted }) => [name, wanted])));
  const leaking = differing.filter(({ name, wanted }) => leaks(read.get(name)!, wanted));
  const [, closed] = await apply(new Map(leaking.map(({ name }) => [name, CLOSED])));
  await session.save();

  return due.map((port) => {
    const { name, wanted } = port;
    const state = read.get(name) ?? before.get(name)!;
    const error = carries(state, wanted)
      ? undefined
      : (refused.get(name) ?? notAsWanted(switchName, port, state));
    return { port, before: before.get(name)!, after: closed.get(name) ?? state, error };
  });
}

/**
 * A port that cannot be made as wanted and may carry more than is wanted must be closed: better no network than a
 * wrong one. One that carries less is left alone, or a change that the switch refuses would cost the networks that work.
 */
function leaks(state: PortState, wanted: PortConfig): boolean {
  if (carries(state, wanted)) return false;
  if (isUnknown(state)) return true;
  const foreignNative = state.native !== null && state.native !== wanted.native;
  return (
    foreignNative ||
    state.tagged.some((vlan) => !wanted.tagged.includes(vlan)) ||
    (wanted.isolated && !state.isolated)
  );
}

function notAsWanted(switchName: string, { name, wanted }: DuePort, state: PortState): BullionError {
  return new BullionError(
    'bad_gateway',
    'port_not_as_wanted',
    `Port "${name}" of ${switchName} should be ${describePort(wanted)}, but the switch says ${describePort(state)}.`,
    { hint: 'It is tried again by itself. If it stays, look at the port on the switch.' },
  );
}

/** Records a round in one transaction, however many ports it had: each commit waits for the disk. */
export async function record(
  context: Context,
  switchName: string,
  outcomes: readonly Outcome[],
): Promise<void> {
  const news = outcomes.filter(
    ({ port, before, error }) => error || !isVerified(port) || !carries(before, port.wanted),
  );
  if (news.length === 0) return;
  await context.db.transaction().execute(async (trx) => {
    for (const outcome of news) {
      const { port, after, error } = outcome;
      await trx
        .updateTable('ports')
        .set({
          observed: JSON.stringify(after),
          error: error ? JSON.stringify(error.toBody().error) : null,
          doubted: error ? 1 : 0,
          ...(error ? {} : { verified_version: port.version }),
        })
        .where('switch', '=', switchName)
        .where('name', '=', port.name)
        // One that was deleted and registered anew meanwhile begins at its first version, of which this says nothing.
        .where('version', '>=', port.version)
        .execute();
      if (!error) await forgetDetached(trx, switchName, port);
      // Nobody has asked for another state since it was last read to be right: somebody else changed it. What cannot
      // be repaired is told once, not at each attempt.
      const drifted = port.verified_version >= port.version && !carries(outcome.before, port.wanted);
      if (drifted && !(error && port.doubted === 1)) {
        await context.events.append(trx, {
          kind: error ? 'port.drifted' : 'port.drift_repaired',
          subject: `port/${switchName}/${port.name}`,
          project: null,
          data: { found: describePort(outcome.before), wanted: describePort(port.wanted) },
        });
      }
    }
  });
}

/** The attachments that were being taken off, up to this version, are off. */
async function forgetDetached(trx: Trx, switchName: string, port: DuePort): Promise<void> {
  const nic = await nicAt(trx, { switch: switchName, port: port.name });
  if (!nic) return;
  await trx
    .deleteFrom('attachments')
    .where('node', '=', nic.node)
    .where('nic', '=', nic.name)
    .where('state', '=', 'detaching')
    .where('port_version', '<=', port.version)
    .execute();
}

/** The switch as a whole failed: all that was read of it is in doubt. Returns its ports. */
export async function recordFailure(
  context: Context,
  switchName: string,
  error: BullionError,
): Promise<DuePort[]> {
  await context.db
    .updateTable('ports')
    .set({ doubted: 1, error: JSON.stringify(error.toBody().error) })
    .where('switch', '=', switchName)
    .execute();
  return await lookUp(context.db, switchName, true);
}
