/** What a port has room for: one native network at most, isolated ones alone, and as much as its switch can do. */
import { conflict } from '@bullion/service';
import { type Context, type Database, findRows, type Trx } from './context.ts';
import { driverOf } from './drivers/index.ts';
import type { SwitchCapabilities } from './drivers/switch/driver.ts';
import type { AttachmentTable, NetworkTable } from './store/schema.ts';
import { requireSwitch } from './switches.ts';

export type Mode = AttachmentTable['mode'];
/** An attachment with its network. */
export type Attached = AttachmentTable & { row: NetworkTable };
type Place = { node: string; nic: string; switch: string };

export async function attachmentsOf(db: Database, node: string, nic: string): Promise<Attached[]> {
  const attachments = await findRows(db, 'attachments', { node, nic });
  if (attachments.length === 0) return [];
  const names = attachments.map(({ network }) => network);
  const networks = await db.selectFrom('networks').selectAll().where('name', 'in', names).execute();
  const byName = new Map(networks.map((network) => [network.name, network]));
  return attachments.map((attachment) => ({ ...attachment, row: byName.get(attachment.network)! }));
}

/** Throws unless a NIC that is on `here` can be put on `network` as well. */
export async function requireRoom(
  context: Context,
  trx: Trx,
  place: Place,
  here: readonly Attached[],
  network: NetworkTable,
  mode: Mode,
): Promise<void> {
  const at = `NIC ${place.node}/${place.nic}`;
  const same = here.find((other) => other.network === network.name);
  if (same) {
    const leaving = same.state === 'detaching';
    throw conflict(
      'nic_attached',
      `${at} is ${leaving ? 'detaching from' : `${same.mode} on`} the network "${network.name}" already.`,
      leaving ? 'Wait until it is detached.' : 'Detach it first.',
    );
  }
  const staying = here.filter((other) => other.state !== 'detaching');
  const native = staying.find((other) => other.mode === 'native');
  if (mode === 'native' && native) {
    throw conflict(
      'nic_native_taken',
      `${at} carries "${native.network}" as its native network already.`,
      'Detach that one first, or attach this one tagged.',
    );
  }
  const alone =
    network.isolated === 1 ? network.name : staying.find((other) => other.row.isolated === 1)?.network;
  if (alone !== undefined && (staying.length > 0 || mode === 'tagged')) {
    throw conflict(
      'network_isolated',
      `The isolated network "${alone}" must be the only one on ${at}, and native.`,
      'A switch isolates whole ports, not single VLANs: use another NIC.',
    );
  }
  const able = await capabilitiesOf(context, trx, place.switch);
  if (mode === 'tagged' && !able.tagged) throw capabilityMissing(at, 'tagged networks');
  if (mode === 'tagged' && !native && !able.nativelessTrunk) throw capabilityMissing(at, NATIVELESS);
  if (network.isolated === 1 && !able.isolatedPorts) throw capabilityMissing(at, 'isolated ports');
}

/** Throws where what would stay without `leaving` is more than the switch can do. */
export async function requireRoomWithout(
  context: Context,
  trx: Trx,
  place: Place,
  here: readonly Attached[],
  leaving: Attached,
): Promise<void> {
  const tagged = here.some((other) => other.state !== 'detaching' && other.mode === 'tagged');
  if (leaving.mode === 'tagged' || !tagged) return;
  const { nativelessTrunk } = await capabilitiesOf(context, trx, place.switch);
  if (!nativelessTrunk) throw capabilityMissing(`NIC ${place.node}/${place.nic}`, NATIVELESS);
}

const NATIVELESS = 'tagged networks without a native one';

async function capabilitiesOf(context: Context, trx: Trx, switchName: string): Promise<SwitchCapabilities> {
  const { driver } = await requireSwitch(trx, switchName);
  return driverOf(context.switchDrivers, 'switch', driver).capabilities;
}

const capabilityMissing = (at: string, lacks: string) =>
  conflict(
    'switch_capability_missing',
    `The switch of ${at} has no ${lacks}.`,
    'Use another NIC, another kind of network, or attach the native one first and detach it last.',
  );
