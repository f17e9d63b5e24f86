/** Runs a policy against a real market: looks, asks the policy, does what it says; then waits for the next slot. */
import { setTimeout as sleep } from 'node:timers/promises';
import { all, ok, type Services } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type {
  BuyerAction,
  BuyerPolicy,
  BuyerView,
  Job,
  OwnerAction,
  OwnerPolicy,
  OwnerView,
} from './policy.ts';

export type AgentOptions = {
  market: Services['market'];
  party: string;
  class: string;
  /** What was done, and what was refused and why. */
  say: (text: string) => void;
  signal: AbortSignal;
  /** So many rounds, and then it ends. */
  rounds?: number | undefined;
};

type Do<Action> = (action: Action) => Promise<unknown>;

/** `busy` says how many nodes the owner's own work needs now. */
export async function runOwner(
  options: AgentOptions,
  policy: OwnerPolicy<never>,
  busy: () => Promise<number>,
): Promise<void> {
  let memory: unknown;
  await eachSlot(options, async (slot, slotMs) => {
    const view = { ...(await ownerView(options, slot, slotMs)), busy: await busy(), memory };
    const decided = policy(view as OwnerView<never>);
    memory = decided.memory;
    await carryOut(options, decided.actions, ownerActions(options, slot, slotMs));
  });
}

export async function runBuyer(
  options: AgentOptions,
  policy: BuyerPolicy<never>,
  { jobs, budget }: { jobs: () => Promise<readonly Job[]>; budget: bigint },
): Promise<void> {
  let memory: unknown;
  /** Which order serves which job: the market does not know of jobs. */
  const served = new Map<string, string>();
  await eachSlot(options, async (slot, slotMs) => {
    const view = { ...(await buyerView(options, slot, slotMs, served)), jobs: await jobs(), memory };
    const spare = BigInt((await account(options)).free);
    const decided = policy({ ...view, budget: spare < budget ? spare : budget } as BuyerView<never>);
    memory = decided.memory;
    await carryOut(options, decided.actions, buyerActions(options, slotMs, served));
  });
}

async function eachSlot(
  { market, signal, rounds }: AgentOptions,
  round: (slot: number, slotMs: number) => Promise<void>,
) {
  for (let n = 0; !signal.aborted && (rounds === undefined || n < rounds); n++) {
    const { slot, slotMs } = await ok(market.GET('/market/v1/health'));
    await round(slot, slotMs);
    if (rounds !== undefined && n + 1 >= rounds) return;
    await sleep((slot + 1) * slotMs - Date.now() + 50, undefined, { signal }).catch(() => {});
  }
}

/** A refusal is told and not the end: the next round sees what is then. */
async function carryOut<Action extends { do: string }>(
  { say }: AgentOptions,
  actions: readonly Action[],
  act: Do<Action>,
) {
  for (const action of actions) {
    const text = JSON.stringify(action, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    try {
      await act(action);
      say(text);
    } catch (error) {
      if (!(error instanceof BullionError) || error.status >= 500) throw error;
      say(`${text} was refused: ${error.message}`);
    }
  }
}

const account = ({ market, party }: AgentOptions) =>
  ok(market.GET('/market/v1/accounts/{party}', { params: { path: { party } } }));
const toSlot = (time: string, slotMs: number) => Math.round(Date.parse(time) / slotMs);
const toTime = (slot: number, slotMs: number) => new Date(slot * slotMs).toISOString();

async function indexOf({ market, class: name }: AgentOptions): Promise<bigint | null> {
  const prices = await all((page) => market.GET('/market/v1/prices', { params: { query: page } }));
  const index = prices.find((one) => one.class === name)?.index ?? null;
  return index === null ? null : BigInt(index);
}

const leasesOf = ({ market }: AgentOptions) =>
  all((page) => market.GET('/market/v1/leases', { params: { query: page } }));

async function ownerView(options: AgentOptions, slot: number, slotMs: number) {
  const { market, party, class: name } = options;
  const asks = (await all((page) => market.GET('/market/v1/asks', { params: { query: page } }))).filter(
    (ask) => ask.owner === party && ask.class === name && !ask.withdrawn,
  );
  const nodes = await all((page) => market.GET('/market/v1/nodes', { params: { query: page } }));
  const parts = (await leasesOf(options)).flatMap((lease) => (lease.state === 'active' ? lease.parts : []));
  return {
    ...{ slot, slotMs, class: name, index: await indexOf(options) },
    nodes: nodes.filter((node) => node.owner === party && node.class === name).length,
    let: parts
      .filter((part) => part.owner === party && toSlot(part.end, slotMs) > slot)
      .map((part) => ({ nodes: part.nodes, notice: null, until: toSlot(part.end, slotMs) })),
    asks: asks.map((ask) => ({
      ...{ id: ask.id, nodes: ask.nodes, notice: ask.noticeSlots, end: toSlot(ask.end, slotMs) },
      reserve: BigInt(ask.reserve),
    })),
  };
}

async function buyerView(
  options: AgentOptions,
  slot: number,
  slotMs: number,
  served: ReadonlyMap<string, string>,
) {
  const { market, party, class: name } = options;
  const bids = await all((page) => market.GET('/market/v1/bids', { params: { query: page } }));
  const leases = (await leasesOf(options)).filter(
    (lease) => lease.buyer === party && lease.state !== 'ended',
  );
  return {
    ...{ slot, slotMs, classes: [name], index: await indexOf(options) },
    bids: bids.map(({ id, nodes, limit }) => ({
      id,
      nodes,
      limit: BigInt(limit),
      job: served.get(id) ?? id,
    })),
    leases: leases.map(({ id, nodes, start, end }) => ({
      ...{ id, nodes, job: served.get(id) ?? id, start: toSlot(start, slotMs), end: toSlot(end, slotMs) },
    })),
  };
}

const ownerActions =
  ({ market, party, class: name }: AgentOptions, slot: number, slotMs: number): Do<OwnerAction> =>
  (action) => {
    if (action.do === 'recall')
      return ok(market.POST('/market/v1/recalls', { body: { party, class: name, nodes: action.nodes } }));
    if (action.do === 'withdraw')
      return ok(
        market.POST('/market/v1/asks/{id}/withdraw', {
          params: { path: { id: action.ask } },
          body: { party },
        }),
      );
    const { nodes, notice, reserve } = action;
    const end = toTime(slot + 1 + action.slots, slotMs);
    const body = { party, class: name, nodes, end, noticeSlots: notice, reserve: String(reserve) };
    return ok(market.POST('/market/v1/asks', { body: body as never }));
  };

const buyerActions =
  (
    { market, party, class: name }: AgentOptions,
    slotMs: number,
    served: Map<string, string>,
  ): Do<BuyerAction> =>
  async (action) => {
    const at = (id: string) => ({ params: { path: { id } }, body: { party } });
    if (action.do === 'cancel') return await ok(market.POST('/market/v1/bids/{id}/cancel', at(action.bid)));
    if (action.do === 'release')
      return await ok(market.POST('/market/v1/leases/{id}/release', at(action.lease)));
    const { job, nodes, slots, earliest, latest, limit, minNotice } = action;
    const window = { earliest: toTime(earliest, slotMs), latest: toTime(latest, slotMs) };
    const body = {
      party,
      classes: [name],
      nodes,
      slots,
      ...window,
      limit: String(limit),
      minNoticeSlots: minNotice,
    };
    const made = await ok(market.POST('/market/v1/bids', { body: body as never }));
    served.set(made.id, job);
  };
