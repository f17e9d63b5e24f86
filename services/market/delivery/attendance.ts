/**
 * Attendance: how many nodes each part had at most in a slot, and whether it is the owner's fault where some lacked. In
 * memory: a slot in which nobody looked counts as delivered.
 */
import type { Context } from '../context.ts';
import { type Command, isOpen, type State } from '../market/index.ts';
import { isAt } from './round.ts';

type Seen = { there: number; withheld: number; fault: boolean };
type Miss = Extract<Command, { do: 'miss' }>;

export class Attendance {
  /** It knows of the slots before this process began. */
  remembers = false;
  readonly #slots = new Map<number, Map<string, Seen>>();

  /** `fault`: of the owner, as things stand now. */
  see(slot: number, part: string, there: number, fault: boolean): void {
    const seen = this.#seen(slot, part);
    seen.there = Math.max(seen.there, there);
    seen.fault = fault;
  }

  /** One that its owner took back behind the market's back was not there, however long it had been. */
  withhold(slot: number, part: string): void {
    this.#seen(slot, part).withheld++;
  }

  /** What lacked in slots before this one. */
  misses({ parts }: State, before: number): Miss[] {
    const slots = [...this.#slots].filter(([slot]) => slot < before).sort(([a], [b]) => a - b);
    return slots.flatMap(([slot, seen]) =>
      [...seen].flatMap(([part, { there, withheld, fault }]): Miss[] => {
        const nodes = (parts.get(part)?.nodes ?? 0) - Math.max(0, there - withheld);
        return nodes > 0 ? [{ do: 'miss', part, slot, nodes, fault: fault || withheld > 0 }] : [];
      }),
    );
  }

  forget(before: number): void {
    for (const slot of this.#slots.keys()) if (slot < before) this.#slots.delete(slot);
  }

  #seen(slot: number, part: string): Seen {
    const parts = this.#slots.get(slot) ?? new Map<string, Seen>();
    this.#slots.set(slot, parts);
    const seen = parts.get(part) ?? { there: 0, withheld: 0, fault: false };
    parts.set(part, seen);
    return seen;
  }
}

/** To be told before the tick that pays for those slots. */
export async function tellMisses(context: Context): Promise<void> {
  const { desk, attendance } = context;
  const { state } = desk.market;
  const slot = Math.floor(desk.clock() / state.config.slotMs);
  if (!attendance.remembers) await rememberDowntime(context, slot);
  for (const miss of attendance.misses(state, slot)) await desk.own(miss);
  attendance.forget(slot);
}

/** While the market was down a tenant had the nodes that it had before, and no others. */
async function rememberDowntime({ db, desk, attendance }: Context, until: number): Promise<void> {
  const { state } = desk.market;
  const rows = await db.selectFrom('deliveries').selectAll().where('state', '<>', 'closed').execute();
  for (const part of state.parts.values()) {
    if (!isOpen(part) || state.leases.get(part.lease)?.state !== 'active') continue;
    const there = rows.filter((row) => isAt(row, part.id)).length;
    const from = Math.max(part.settled, state.ticked ?? until);
    for (let slot = from; slot < Math.min(until, part.end); slot++)
      attendance.see(slot, part.id, there, false);
  }
  attendance.remembers = true;
}
