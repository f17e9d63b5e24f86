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
import type { PortTable, SwitchTable } from './store/schema.ts';
import type { GuardedSession } from './switch-session.ts';

export type DuePort = Pick<PortTable, 'name' | 'version' | 'verified_version' | 'doubted' | 'drifted'> & {
  wanted: PortConfig;
};
export type DriftPolicy = SwitchTable['drift'];

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
      .select(['name', 'version', 'verified_version', 'doubted', 'drifted'])
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
  policy: DriftPolicy,
): Promise<Outcome[]> {
  const before = await session.read(due.map((port) => port.name));
  const apply = async (
    changes: Map<string, PortConfig>,
  ): Promise<[Map<string, BullionError>, Map<string, PortState>]> =>
    changes.size === 0
      ? [new Map(), new Map()]
      : [await session.apply(changes), await session.read([...changes.keys()])];

  const target = (port: DuePort) => {
    const found = before.get(port.name)!;
    return policy === 'report' && isDrift(port, found) ? withoutExcess(found, port.wanted) : port.wanted;
  };
  const differing = due.filter((port) => !carries(before.get(port.name)!, target(port)));
  const [refused, read] = await apply(new Map(differing.map((port) => [port.name, target(port)])));
  const leaking = differing.filter(({ name, wanted }) => leaks(read.get(name)!, wanted));
  const [, closed] = await apply(new Map(leaking.map(({ name }) => [name, CLOSED])));
  await session.save();

  return due.map((port) => {
    const { name, wanted } = port;
    const state = read.get(name) ?? before.get(name)!;
    const error = carries(state, wanted)
      ? undefined
      : (refused.get(name) ??
        (carries(state, target(port)) ? leftAlone : notAsWanted)(switchName, port, state));
    return { port, before: before.get(name)!, after: closed.get(name) ?? state, error };
  });
}

/**
 * Nobody has asked for another state since the port was last read to be right, so somebody else changed it; and it is
 * theirs until it was read to be right again.
 */
function isDrift(port: DuePort, found: PortState): boolean {
  return (port.verified_version >= port.version || port.drifted === 1) && !carries(found, port.wanted);
}

/**
 * What may stay of what was found on a port: nothing beyond what is wanted, since it may be another tenant's. A drift that
 * is only reported is cut down to it at once; what the port lacks it lacks until an operator has it repaired.
 */
function withoutExcess(found: PortState, wanted: PortConfig): PortConfig {
  if (isUnknown(found)) return CLOSED;
  const native = found.native === wanted.native ? found.native : null;
  const tagged = found.tagged.filter((vlan) => wanted.tagged.includes(vlan));
  if (native === null && tagged.length === 0) return CLOSED;
  return { native, tagged, isolated: found.isolated || wanted.isolated };
}

/**
 * A port that cannot be made as wanted and may carry more than is wanted must be closed: better no network than a
 * wrong one. One that carries less is left alone, or a change that the switch refuses would cost the networks that work.
 */
const leaks = (state: PortState, wanted: PortConfig) => !carries(state, withoutExcess(state, wanted));

function notAsWanted(switchName: string, { name, wanted }: DuePort, state: PortState): BullionError {
  return new BullionError(
    'bad_gateway',
    'port_not_as_wanted',
    `Port "${name}" of ${switchName} should be ${describePort(wanted)}, but the switch says ${describePort(state)}.`,
    { hint: 'It is tried again by itself. If it stays, look at the port on the switch.' },
  );
}

const leftAlone = (switchName: string, { name, wanted }: DuePort, state: PortState) =>
  new BullionError(
    'conflict',
    'port_drifted',
    `Port "${name}" of ${switchName} should be ${describePort(wanted)}, and somebody else made it ${describePort(state)}.`,
    { hint: `It is left so until an operator says \`bullion switch repair ${switchName} ${name}\`.` },
  );

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
    for (const { port, before, after, error } of news) {
      const drift = isDrift(port, before);
      await trx
        .updateTable('ports')
        .set((eb) => ({
          observed: JSON.stringify(after),
          error: error ? JSON.stringify(error.toBody().error) : null,
          doubted: error ? 1 : 0,
          // Of a port that an operator has had repaired meanwhile this says nothing.
          drifted: eb
            .case()
            .when('version', '=', port.version)
            .then(error && drift ? 1 : 0)
            .else(eb.ref('drifted'))
            .end() as never,
          ...(error ? {} : { verified_version: port.version }),
        }))
        .where('switch', '=', switchName)
        .where('name', '=', port.name)
        // One that was deleted and registered anew meanwhile begins at its first version, of which this says nothing.
        .where('version', '>=', port.version)
        .execute();
      if (!error) await forgetDetached(trx, switchName, port);
      // What is not repaired is told once, not at each reading.
      if (!drift || (error && port.drifted === 1)) continue;
      await context.events.append(trx, {
        kind: error ? 'port.drifted' : 'port.drift_repaired',
        subject: `port/${switchName}/${port.name}`,
        project: null,
        data: { found: describePort(before), wanted: describePort(port.wanted) },
      });
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
