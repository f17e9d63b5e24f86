/** A buyer's agent: what it sees of the market, and how it does what its policy says. It claims what starts. */
import { all, type MarketType, ok } from '@bullion/sdk';
import { OrderIds } from './order-ids.ts';
import type { BuyerAction, BuyerPolicy, Job } from './policy.ts';
import { type AgentOptions, carryOut, eachSlot, indexOf, leasesOf, toSlot, toTime } from './runner.ts';

type Lease = MarketType['MarketLease'];
type Action = BuyerAction | { do: 'claim'; lease: string };

export async function runBuyer<Memory>(
  options: AgentOptions,
  policy: BuyerPolicy<Memory>,
  { jobs, budget }: { jobs: (slotMs: number) => Promise<readonly Job[]>; budget: bigint },
): Promise<void> {
  const { market, party, class: name } = options;
  let memory: Memory | undefined;
  await eachSlot(options, async (slot, slotMs) => {
    const waiting = await jobs(slotMs);
    const ids = new OrderIds(party, name, waiting);
    const leases = (await leasesOf(options)).filter((one) => one.buyer === party && one.class === name);
    const seen = await buyerView(options, leases, ids, slot, slotMs);
    const { free } = await ok(market.GET('/market/v1/accounts/{party}', { params: { path: { party } } }));
    const spare = BigInt(free);
    const view = { ...seen, jobs: waiting, budget: spare < budget ? spare : budget, memory };
    const decided = policy(view);
    memory = decided.memory;
    const actions: Action[] = [...decided.actions, ...claims(leases, decided.actions, slot, slotMs)];
    await carryOut(options, actions, (action) => act(options, action, ids, slot, slotMs));
  });
}

/** Whoever claims nothing loses the deposit, and twice as much is asked for the next. */
function claims(leases: readonly Lease[], actions: readonly BuyerAction[], slot: number, slotMs: number) {
  const released = new Set(actions.map((action) => (action.do === 'release' ? action.lease : null)));
  const begun = leases.filter(
    ({ id, state, claimed, start }) =>
      state !== 'ended' && !claimed && toSlot(start, slotMs) <= slot && !released.has(id),
  );
  return begun.map(({ id }) => ({ do: 'claim', lease: id }) as const);
}

async function buyerView(
  options: AgentOptions,
  leases: readonly Lease[],
  ids: OrderIds,
  slot: number,
  slotMs: number,
) {
  const { market, party, class: name } = options;
  const bids = (await all((page) => market.GET('/market/v1/bids', { params: { query: page } }))).filter(
    (bid) => bid.buyer === party && bid.classes.includes(name),
  );
  return {
    ...{ slot, slotMs, classes: [name], index: await indexOf(options) },
    bids: bids.map(({ id, nodes, limit }) => ({ id, nodes, limit: BigInt(limit), job: ids.jobOf(id) })),
    leases: leases
      .filter(({ state }) => state !== 'ended')
      .map(({ id, nodes, start, end }) => ({
        ...{ id, nodes, job: ids.jobOf(id), start: toSlot(start, slotMs), end: toSlot(end, slotMs) },
      })),
    done: leases.filter(ranToItsEnd).map(({ id }) => ids.jobOf(id)),
  };
}

const ranToItsEnd = ({ state, why, parts }: Lease) =>
  state === 'ended' && why === 'its time was over' && !parts.some(({ recalled }) => recalled);

function act(
  { market, party, class: name }: AgentOptions,
  action: Action,
  ids: OrderIds,
  slot: number,
  slotMs: number,
) {
  const at = (id: string) => ({ params: { path: { id } }, body: { party } });
  if (action.do === 'cancel') return ok(market.POST('/market/v1/bids/{id}/cancel', at(action.bid)));
  if (action.do === 'release') return ok(market.POST('/market/v1/leases/{id}/release', at(action.lease)));
  if (action.do === 'claim') return ok(market.POST('/market/v1/leases/{id}/claim', at(action.lease)));
  const { job, nodes, slots, earliest, latest, limit, minNotice } = action;
  const body = {
    ...{ id: ids.next(job, slot), party, classes: [name], nodes, slots },
    ...{ earliest: toTime(earliest, slotMs), latest: toTime(latest, slotMs) },
    ...{ limit: String(limit), minNoticeSlots: minNotice },
  };
  return ok(market.POST('/market/v1/bids', { body: body as never }));
}
