/** What is rented of whom: from the grant on, until its time is over, its tenant leaves, or an owner has nodes back. */
import type { House, Lent, Running } from './house.ts';
import type { Grant, GrantHost, Venue } from './venues/venue.ts';

type Host = { house: House; owner: number; lent: Lent };
/** `running`: the job on it; of what is rented ahead, none. */
export type Tenancy = { grant: Grant; hosts: Host[]; running: Running | null };
/** From second `at` on the tenant has these nodes no more; `moved`: others instead, for all of them. */
export type Loss = { tenancy: Tenancy; at: number; moved: boolean };
export type Recalls = { nodes: number; moved: number };

export class Tenancies {
  readonly #byId = new Map<string, Tenancy>();
  readonly #times: { slotS: number; provisionS: number };
  readonly #venue: Venue;
  readonly #houses: readonly House[];
  /** Told when lent nodes will be their owner's again, and when that changes. */
  readonly #returns: (house: House, lent: Lent) => void;
  /** Node-slots that were let. */
  nodeSlots = 0;
  /** Nodes that owners had back, and those of them for which their tenants were given others. */
  readonly recalls: Recalls = { nodes: 0, moved: 0 };

  constructor(
    times: { slotS: number; provisionS: number },
    venue: Venue,
    houses: readonly House[],
    returns: (house: House, lent: Lent) => void,
  ) {
    this.#times = times;
    this.#venue = venue;
    this.#houses = houses;
    this.#returns = returns;
  }

  open(grant: Grant): Tenancy {
    const tenancy: Tenancy = { grant, hosts: [], running: null };
    for (const host of grant.hosts) this.#host(tenancy, host, grant.start);
    this.#byId.set(grant.id, tenancy);
    return tenancy;
  }

  #host(tenancy: Tenancy, { owner, nodes, recallable }: GrantHost, from: number): void {
    const house = this.#houses[owner]!;
    const until = this.#backAt(tenancy.grant.end);
    // Nodes that are another's until then go from tenant to tenant: their owner does not see them in between.
    const passed = [...house.lent].flatMap((one): Lent[] => {
      const lacks = nodes - house.free;
      if (lacks <= 0 || one.until > this.#backAt(from)) return [];
      nodes -= Math.min(lacks, one.nodes);
      return [Object.assign(house.split(one, Math.min(lacks, one.nodes)), { until, recallable })];
    });
    const fresh = nodes > 0 ? [house.lend(nodes, until, recallable)] : [];
    for (const lent of [...fresh, ...passed]) {
      tenancy.hosts.push({ house, owner, lent });
      this.nodeSlots += lent.nodes * (tenancy.grant.end - from);
      this.#returns(house, lent);
    }
  }

  /** Once its last slot has run the nodes are provisioned anew for their owner. */
  #backAt(end: number): number {
    return end * this.#times.slotS + this.#times.provisionS;
  }

  /** Its tenant needs it no more. */
  leave(tenancy: Tenancy, now: number): void {
    this.#byId.delete(tenancy.grant.id);
    const end = this.#venue.release(now, tenancy.grant);
    for (const { house, lent } of tenancy.hosts) this.#shorten(house, lent, end);
  }

  #shorten(house: House, lent: Lent, end: number): void {
    const back = this.#backAt(end);
    if (back >= lent.until || !house.lent.has(lent)) return;
    this.nodeSlots -= ((lent.until - back) / this.#times.slotS) * lent.nodes;
    lent.until = back;
    this.#returns(house, lent);
  }

  /** An owner has nodes back: what that means for whom. */
  recall(now: number, owner: number, nodes: number): Loss[] {
    return this.#venue.recall(now, owner, nodes).flatMap((one): Loss[] => {
      const tenancy = this.#byId.get(one.id);
      if (!tenancy) return [];
      let left = one.nodes;
      for (const host of tenancy.hosts.filter((host) => host.owner === owner && host.lent.recallable)) {
        if (left === 0) break;
        const { house } = host;
        const taken = Math.min(left, host.lent.nodes);
        const lent = taken < host.lent.nodes ? house.split(host.lent, taken) : host.lent;
        if (lent !== host.lent) tenancy.hosts.push({ house, owner, lent });
        lent.recallable = false;
        this.#returns(house, lent);
        this.#shorten(house, lent, one.at);
        left -= taken;
      }
      const moved = one.instead.reduce((sum, { nodes }) => sum + nodes, 0);
      for (const host of one.instead) this.#host(tenancy, host, one.at);
      this.recalls.nodes += one.nodes;
      this.recalls.moved += moved;
      return [{ tenancy, at: one.at * this.#times.slotS, moved: moved === one.nodes }];
    });
  }
}
