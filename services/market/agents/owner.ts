/** An owner's agent: what it sees of the market, and how it does what its policy says. */
import { all, ok } from '@bullion/sdk';
import type { OwnerAction, OwnerPolicy } from './policy.ts';
import { type AgentOptions, carryOut, eachSlot, indexOf, leasesOf, toSlot, toTime } from './runner.ts';

/** `busy` says how many nodes the owner's own work needs now. */
export async function runOwner<Memory>(
  options: AgentOptions,
  policy: OwnerPolicy<Memory>,
  busy: () => Promise<number>,
): Promise<void> {
  let memory: Memory | undefined;
  await eachSlot(options, async (slot, slotMs) => {
    const view = { ...(await ownerView(options, slot, slotMs)), busy: await busy(), memory };
    const decided = policy(view);
    memory = decided.memory;
    await carryOut(options, decided.actions, (action) => act(options, action, slot, slotMs));
  });
}

async function ownerView(options: AgentOptions, slot: number, slotMs: number) {
  const { market, party, class: name } = options;
  // What it has of another and sub-lets is not its own.
  const asks = (await all((page) => market.GET('/market/v1/asks', { params: { query: page } }))).filter(
    (ask) => ask.owner === party && ask.class === name && ask.parent === null,
  );
  const noticeOf = new Map(asks.map((ask) => [ask.id, ask.noticeSlots]));
  const nodes = await all((page) => market.GET('/market/v1/nodes', { params: { query: page } }));
  // An extension is a part that begins later, on nodes that are let now already.
  const parts = (await leasesOf(options))
    .flatMap((lease) => lease.parts)
    .map((part) => ({ ...part, from: toSlot(part.start, slotMs), until: toSlot(part.end, slotMs) }))
    .filter(({ ask, from, until }) => noticeOf.has(ask) && from <= slot && slot < until);
  return {
    ...{ slot, slotMs, class: name, index: await indexOf(options) },
    nodes: nodes.filter((node) => node.owner === party && node.class === name).length,
    let: parts.map(({ nodes, ask, recalled, until }) => ({
      ...{ nodes, notice: noticeOf.get(ask) ?? null, recalled, until },
    })),
    asks: asks
      .filter((ask) => !ask.withdrawn)
      .map(({ id, nodes, idle, noticeSlots, end, reserve }) => ({
        ...{ id, nodes, idle, notice: noticeSlots, end: toSlot(end, slotMs), reserve: BigInt(reserve) },
      })),
  };
}

function act(
  { market, party, class: name }: AgentOptions,
  action: OwnerAction,
  slot: number,
  slotMs: number,
) {
  if (action.do === 'recall')
    return ok(market.POST('/market/v1/recalls', { body: { party, class: name, nodes: action.nodes } }));
  if (action.do === 'withdraw') {
    const of = { params: { path: { id: action.ask } }, body: { party } };
    return ok(market.POST('/market/v1/asks/{id}/withdraw', of));
  }
  const { nodes, notice, reserve } = action;
  const end = toTime(slot + 1 + action.slots, slotMs);
  const body = { party, class: name, nodes, end, noticeSlots: notice, reserve: String(reserve) };
  return ok(market.POST('/market/v1/asks', { body: body as never }));
}
