/**
 * Drift: what somebody else changed on a switch. By its policy a switch is repaired at once, or it is reported and left
 * to an operator; what a port carries beyond what it should is taken off in either case (`rounds.ts`).
 */
import { awaitPorts, type PortsInput } from '../attachments.ts';
import type { Change, Context } from '../context.ts';
import { carries, describePort, isClosed, isUnknown, type PortState } from '../drivers/switch/port.ts';
import type { Reconciler } from '../reconciler.ts';
import { type DriftPolicy, lookUp } from '../rounds.ts';
import { listPorts, requirePort, requireSwitch, sessionWith } from '../switches.ts';
import type { PortDiff, SwitchDiff } from './routes.ts';

export async function setDriftPolicy(
  { trx, tell }: Change,
  switchName: string,
  drift: DriftPolicy,
): Promise<void> {
  await requireSwitch(trx, switchName);
  await trx.updateTable('switches').set({ drift }).where('name', '=', switchName).execute();
  await tell('switch.drift_policy', `switch/${switchName}`, null, { drift });
}

/** Has a port made as it should be, or all that are not known to be so. Returns the operation that waits for it. */
export async function repair(
  { operations }: Context,
  reconciler: Reconciler,
  { trx, tell, after }: Change,
  switchName: string,
  port: string | undefined,
): Promise<string> {
  await requireSwitch(trx, switchName);
  if (port !== undefined) await requirePort(trx, switchName, port);
  // A new version is somebody's wish, and what is wished is no drift.
  const touched = await trx
    .updateTable('ports')
    .set((eb) => ({ version: eb('version', '+', 1), drifted: 0 }))
    .where('switch', '=', switchName)
    .$call((query) => (port === undefined ? query.where('doubted', '=', 1) : query.where('name', '=', port)))
    .returning(['name', 'version'])
    .execute();
  const ports = touched.map(({ name, version }) => ({ key: { switch: switchName, port: name }, version }));
  const subject = `switch/${switchName}`;
  await tell('switch.repairing', subject, null, { ports: ports.map(({ key }) => key.port) });
  const input: PortsInput = { ports };
  const id = await operations.create(trx, { kind: 'switch.repair', subject, project: null, input });
  after(() => {
    operations.start(id);
    reconciler.wake(switchName);
  });
  return id;
}

export function defineRepair({ operations }: Context, reconciler: Reconciler): void {
  operations.define<PortsInput>('switch.repair', (operation) =>
    awaitPorts(reconciler, operation, operation.input.ports),
  );
}

/** Reads the switch now, by a session of its own, and says where it is not as the database has it. Changes nothing. */
export async function diffSwitch(context: Context, switchName: string): Promise<SwitchDiff> {
  const { db } = context;
  const row = await requireSwitch(db, switchName);
  const session = await sessionWith(context, row);
  try {
    const registered = await lookUp(db, switchName, true);
    const names = new Set(registered.map(({ name }) => name));
    const others = (await session.listPorts()).filter((name) => !names.has(name));
    const states = await session.read([...names, ...others]);
    const views = new Map((await listPorts(db, switchName)).map((view) => [view.name, view]));
    const ports = registered.flatMap(({ name, wanted }): PortDiff[] => {
      const [found, view] = [states.get(name)!, views.get(name)];
      if (carries(found, wanted) || !view) return [];
      return [
        { name, nic: view.nic, state: view.state, wanted: describePort(wanted), found: describePort(found) },
      ];
    });
    const networks = await db.selectFrom('networks').select(['name', 'vlan']).orderBy('name').execute();
    const unregistered = others.flatMap((name) => {
      const found = states.get(name)!;
      const carried = networks.filter(({ vlan }) => mayCarry(found, vlan)).map((network) => network.name);
      return carried.length === 0 ? [] : [{ name, found: describePort(found), networks: carried }];
    });
    return { switch: switchName, drift: row.drift, read: names.size, ports, unregistered };
  } finally {
    await session.close();
  }
}

/** A port that carries every VLAN carries each; of one that cannot be told otherwise, nothing is said. */
function mayCarry(state: PortState, vlan: number): boolean {
  if (isUnknown(state)) return state.code === 'port_carries_all_vlans';
  return !isClosed(state) && (state.native === vlan || state.tagged.includes(vlan));
}
