/** What one round of deliveries works with. */
import { all } from '@bullion/sdk';
import { messageOf, uuidv7 } from '@bullion/service';
import type { Context } from '../context.ts';
import type { Part, State } from '../market/index.ts';
import type { DeliveryTable } from '../store/schema.ts';
import { tenancyEnd } from './tenancy.ts';

export type Delivery = DeliveryTable;

export type Round = {
  readonly context: Context;
  /** All that are not closed, as the table has them. */
  readonly rows: Delivery[];
  /** The leases of the isolation service that have not ended; undefined where it could not be asked. */
  readonly open: ReadonlySet<string> | undefined;
  /** Parts that lack a node by their owner's fault. */
  readonly faults: Set<string>;
  /** Deliveries that only their own tenant hinders. */
  readonly ready: Set<string>;
};

export async function openLeases(
  { isolation, log }: Context,
  rows: readonly Delivery[],
): Promise<ReadonlySet<string> | undefined> {
  if (!rows.some(({ state, lease }) => state === 'open' && lease !== null)) return undefined;
  try {
    const leases = await all((page) =>
      isolation.isolation.GET('/isolation/v1/leases', { params: { query: { ...page, open: 'true' } } }),
    );
    return new Set(leases.map(({ id }) => id));
  } catch (error) {
    log.warn({ error: messageOf(error) }, 'the leases of nodes could not be looked at');
    return undefined;
  }
}

export const chainOf = ({ chain }: Delivery) => (chain === '' ? [] : chain.split(' '));

/** A part that has sub-let its node, or has it on its way back from there, has had it. */
export const isAt = (row: Delivery, part: string): boolean =>
  chainOf(row).includes(part) && (row.part !== part || row.state === 'open');

/** Late binding: any free node of the owner's of that class will do; `after` one that would not, the next by name. */
export function freeNode(
  state: State,
  { lease }: Part,
  owner: string,
  rows: readonly Delivery[],
  after = '',
): string | undefined {
  const { class: name } = state.leases.get(lease)!;
  const taken = new Set(rows.filter((row) => row.state !== 'closed').map(({ node }) => node));
  const free = [...state.nodes]
    .filter(([id, node]) => node.owner === owner && node.class === name && !taken.has(id))
    .map(([id]) => id)
    .sort();
  return free.find((id) => id > after) ?? free[0];
}

/** A lease at the isolation service that is still to be made. */
export function wantedBy(state: State, part: Part) {
  const ends_at = tenancyEnd(state, part) * state.config.slotMs;
  const tenant = state.leases.get(part.lease)!.buyer;
  return { id: uuidv7(), part: part.id, tenant, ends_at, state: 'wanted', lease: null, error: null } as const;
}

export async function note({ db }: Context, row: Delivery, set: Partial<Delivery>): Promise<void> {
  const { id } = row;
  Object.assign(row, set);
  await db.updateTable('deliveries').set(set).where('id', '=', id).execute();
}
