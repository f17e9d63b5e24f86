/**
 * The second act: two owners lend servers by auction, a buyer boots one, its owner has it back with notice, and every
 * micro-credit is accounted for. Each step checks what it claims and throws where it does not hold.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MarketType, ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import type { Telling } from './telling.ts';

type Boot = ProvisioningType['Boot'];
type Lease = MarketType['MarketLease'];
type Account = MarketType['Account'];

/** For `bullion serve`: slots so short that an act has several. */
export const MARKET_FLAGS = ['--market-slot', '20s', '--market-batch', '2s'];
const PATIENCE_MS = 300_000;
const CREDITS = 1_000_000_000n;
const PARTIES = ['hospital', 'university', 'startup'] as const;

export async function tellMarketStory(rig: Rig, telling: Telling): Promise<void> {
  const ssh = await Ssh.create(rig.rack.name);
  try {
    await new MarketStory(rig, telling, ssh).tell();
  } finally {
    await ssh.close();
  }
}

class MarketStory {
  readonly #rig: Rig;
  readonly #telling: Telling;
  readonly #ssh: Ssh;
  readonly #tokens: Record<string, string> = {};
  #class = '';
  #lease = '';
  #node = '';
  #owner = '';

  constructor(rig: Rig, telling: Telling, ssh: Ssh) {
    this.#rig = rig;
    this.#telling = telling;
    this.#ssh = ssh;
  }

  async tell(): Promise<void> {
    const step = this.#telling.step.bind(this.#telling);
    await step('a hospital and a university own a server each; a start-up has none', () => this.#admit());
    await step('both owners ask, the start-up bids, the auction clears', () => this.#trade());
    await step('anyone recomputes the auction from what was published before it', () => this.#verify());
    await step('at the start of the lease the server is its tenant’s, and boots its image', () =>
      this.#boot(),
    );
    await step('its owner recalls it: after its notice it is off, closed and back', () => this.#recall());
    await step('the money has moved to the last micro-credit', () => this.#count());
    await step('the market is left as it was found', () => this.#cleanUp());
  }

  async #operator<Value>(...args: string[]): Promise<Value> {
    this.#telling.command(`bullion ${args.join(' ')}`);
    return await this.#rig.bullion<Value>(args);
  }

  async #as<Value>(project: string, ...args: string[]): Promise<Value> {
    this.#telling.command(`bullion ${args.join(' ')}   # as ${project}`);
    return await this.#rig.bullion<Value>(args, this.#tokens[project]!);
  }

  async #admit(): Promise<string[]> {
    await this.#operator('image', 'build', 'golden', '--public');
    for (const project of PARTIES) {
      await this.#rig.bullion(['project', 'create', project]);
      this.#tokens[project] = (
        await this.#rig.bullion<{ token: string }>(['project', 'token', project])
      ).token;
      await this.#operator('market', 'credit', '1000', '--party', project);
    }
    for (const [node, owner] of [
      ['node1', 'hospital'],
      ['node2', 'university'],
    ] as const) {
      await this.#operator('node', 'set', node, '--owner', owner);
      const what = ['--attribute', 'cpu=virtual', '--attribute', 'memory=768'];
      this.#class = (
        await this.#operator<{ class: string }>('market', 'enroll', node, '--owner', owner, ...what)
      ).class;
    }
    return [`both are of the class ${this.#class}`];
  }

  async #trade(): Promise<string[]> {
    const terms = ['--nodes', '1', '--until', '2h', '--notice', '20s'];
    await this.#as('hospital', 'market', 'ask', this.#class, ...terms, '--reserve', '0.5');
    await this.#as('university', 'market', 'ask', this.#class, ...terms, '--reserve', '0.8');
    const bid = ['--nodes', '1', '--for', '1h', '--limit', '2', '--latest', '10m', '--recallable', '0s'];
    this.#lease = (await this.#as<{ id: string }>('startup', 'market', 'bid', this.#class, ...bid)).id;
    const lease = await this.#until('the bid has won', async () => await this.#leaseNow());
    this.#owner = lease.parts[0]!.owner;
    equal(this.#owner, 'hospital', 'the owner whose server was let: the one that asked for less');
    return [`${lease.price} micro-credits for each slot of 20 s`];
  }

  async #verify(): Promise<string[]> {
    const auctions = await this.#rig.bullion<{ number: number }[]>(['auction', 'list']);
    const verdicts = [];
    for (const { number } of auctions)
      verdicts.push(await this.#as<{ ok: boolean }>('university', 'auction', 'verify', String(number)));
    equal(
      verdicts.every(({ ok }) => ok),
      true,
      'whether all auctions are as committed',
    );
    return [`${verdicts.length} recomputed`];
  }

  async #boot(): Promise<string[]> {
    const machine = await this.#until(
      'the server is delivered',
      async () => (await this.#leaseNow())?.parts[0]?.machines[0],
    );
    this.#node = machine;
    await this.#until(
      'the server is the tenant’s',
      async () => (await this.#holder()) === 'startup' || undefined,
    );
    const boot = await this.#as<Boot>(
      'startup',
      'boot',
      machine,
      '--image',
      'golden',
      '--ssh-key',
      this.#ssh.publicKeyFile,
    );
    equal(await this.#ssh.on(boot, 'hostname'), machine, 'the host name behind the address');
    return [`${machine} of the ${this.#owner} runs the start-up's image`];
  }

  async #recall(): Promise<string[]> {
    await this.#as(this.#owner, 'market', 'recall', this.#class, '--nodes', '1');
    const begun = Date.now();
    await this.#until('the server is back', async () => (await this.#holder()) === null || undefined);
    equal((await this.#leaseNow())?.state, 'ended', 'the state of the lease');
    const rack = await this.#rig.rackNow();
    equal(rack.nodes.find(({ name }) => name === this.#node)?.power, 'off', 'its power');
    return [`${Math.round((Date.now() - begun) / 1000)} s, notice included`];
  }

  async #count(): Promise<string[]> {
    const lease = (await this.#leaseNow())!;
    const [part] = lease.parts;
    const slots = (Date.parse(part!.end) - Date.parse(part!.start)) / 20_000;
    const rest = BigInt(Math.min(180 - slots, 96));
    const price = BigInt(lease.price);
    const compensation = (price / 4n) * rest;
    const fee = (price * 20_000n) / 1_000_000n;
    const startup = await this.#account('startup');
    equal(
      [startup.free, startup.escrow],
      [String(CREDITS - price * BigInt(slots) + compensation), '0'],
      'what the start-up has',
    );
    const owner = await this.#account(this.#owner);
    const has = BigInt(owner.free) + BigInt(owner.bond);
    equal(
      String(has),
      String(CREDITS + (price - fee) * BigInt(slots) - compensation),
      'what the hospital has',
    );
    const verdict = await this.#operator<{ fault: string | null; entries: number }>('ledger', 'verify');
    equal(verdict.fault, null, 'the fault in the ledger');
    return [`${slots} slots paid, ${compensation} of compensation, ${verdict.entries} entries sum to zero`];
  }

  async #cleanUp(): Promise<undefined> {
    for (const owner of ['hospital', 'university']) {
      const { asks } = await this.#rig.bullion<{ asks: { id: string }[] }>(
        ['market', 'orders'],
        this.#tokens[owner]!,
      );
      for (const { id } of asks) await this.#as(owner, 'market', 'withdraw', id);
    }
    for (const node of ['node1', 'node2']) {
      await this.#operator('market', 'disenroll', node);
      await this.#operator('node', 'set', node, '--no-owner');
    }
    const left = await this.#rig.bullion<{ bond: string }>(['market', 'account', 'university']);
    equal(left.bond, '0', 'the bond of the university');
    return undefined;
  }

  async #leaseNow(): Promise<Lease | undefined> {
    const leases = await this.#rig.bullion<Lease[]>(['market', 'leases'], this.#tokens.startup!);
    return leases.find(({ id }) => id === this.#lease);
  }

  async #holder(): Promise<string | null> {
    return (await this.#rig.bullion<{ project: string | null }>(['node', 'show', this.#node])).project;
  }

  async #account(party: string): Promise<Account> {
    return await this.#operator<Account>('market', 'account', party);
  }

  async #until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(500)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new BullionError('timeout', 'story_waits', `Not within ${PATIENCE_MS / 1000} s: ${what}.`);
  }
}

function equal(actual: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (is === should) return;
  throw new BullionError('internal', 'story_does_not_hold', `${what}: should be ${should}, but is ${is}.`);
}
