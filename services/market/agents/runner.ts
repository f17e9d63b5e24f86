/** Runs a policy against a real market: looks, asks the policy, does what it says; then waits for the next slot. */
import { setTimeout as sleep } from 'node:timers/promises';
import { all, ok, type Services } from '@bullion/sdk';
import { BullionError, forbidden, notFound } from '@bullion/service/errors';

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

/** Throws where it could do nothing: of a class that is not there, or for a party whose orders it cannot see. */
export async function eachSlot(
  { market, party, class: name, signal, rounds }: AgentOptions,
  round: (slot: number, slotMs: number) => Promise<void>,
): Promise<void> {
  const { projects } = await ok(market.GET('/market/v1/whoami'));
  if (!projects.includes(party))
    throw forbidden(
      'party_foreign',
      `This token does not act for "${party}".`,
      `Run the agent with a token of its project: \`bullion project token ${party}\` makes one.`,
    );
  const classes = await all((page) => market.GET('/market/v1/classes', { params: { query: page } }));
  if (!classes.some(({ id }) => id === name))
    throw notFound('class', name, 'See those that there are with `bullion market classes`.');
  for (let n = 0; !signal.aborted && (rounds === undefined || n < rounds); n++) {
    const { slot, slotMs } = await ok(market.GET('/market/v1/health'));
    await round(slot, slotMs);
    if (rounds !== undefined && n + 1 >= rounds) return;
    await sleep((slot + 1) * slotMs - Date.now() + 50, undefined, { signal }).catch(() => {});
  }
}

/** A refusal is told and not the end: the next round sees what is then. */
export async function carryOut<Action extends { do: string }>(
  { say }: AgentOptions,
  actions: readonly Action[],
  act: (action: Action) => Promise<unknown>,
): Promise<void> {
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

export const toSlot = (time: string, slotMs: number) => Math.round(Date.parse(time) / slotMs);
export const toTime = (slot: number, slotMs: number) => new Date(slot * slotMs).toISOString();

export async function indexOf({ market, class: name }: AgentOptions): Promise<bigint | null> {
  const prices = await all((page) => market.GET('/market/v1/prices', { params: { query: page } }));
  const index = prices.find((one) => one.class === name)?.index ?? null;
  return index === null ? null : BigInt(index);
}

export const leasesOf = ({ market }: AgentOptions) =>
  all((page) => market.GET('/market/v1/leases', { params: { query: page } }));
