/**
 * An inventory becomes what the isolation service knows. A node is registered in maintenance, and comes out of it when
 * its BMC has answered and each of its cables was seen where it was said to go. Can be run again: what is there is
 * looked at once more.
 */
import { all, type IsolationType, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Cli } from '../cli.ts';
import { Evidence, type Facts, type Heard } from './evidence.ts';
import type { Cable, Inventory, ListedNic, ListedNode } from './inventory.ts';

type Node = IsolationType['Node'];

/** `ready`: may be given to projects. `waiting`: registered, in maintenance until what is missing was seen. */
export type Outcome = {
  node: string;
  where: string;
  state: 'ready' | 'waiting' | 'refused';
  remarks: string[];
};

export type RegisterOptions = {
  /** Look, and change nothing. */
  dryRun: boolean;
  /** Of nodes for which the inventory says none. */
  firmware: 'bios' | 'uefi';
  bmcDriver: string;
  /** Settings that the inventory leaves out, for all BMCs alike. */
  bmcSettings: Record<string, unknown>;
};

const WAITING = 'imported; not all of it was checked yet';

export class Registrar {
  readonly #cli: Cli;
  readonly #options: RegisterOptions;
  readonly #ports: Heard[];
  readonly #evidence: Evidence;

  private constructor(cli: Cli, options: RegisterOptions, ports: Heard[]) {
    this.#cli = cli;
    this.#options = options;
    this.#ports = ports;
    this.#evidence = new Evidence(ports);
  }

  /** Asks every registered switch whom it hears. One that does not answer is told, and believed nothing of. */
  static async open(cli: Cli, options: RegisterOptions): Promise<Registrar> {
    const { isolation } = await cli.services();
    const switches = await all((query) => isolation.GET('/isolation/v1/switches', { params: { query } }));
    const ports: Heard[] = [];
    for (const { name } of switches) {
      const params = { path: { switch: name } };
      try {
        const heard = await ok(isolation.GET('/isolation/v1/switches/{switch}/learned', { params }));
        ports.push(...heard.map((port) => ({ ...port, switch: name })));
      } catch (error) {
        if (!(error instanceof BullionError)) throw error;
        cli.note(`Switch ${name} cannot be asked whom it hears: ${error.message}`);
      }
    }
    return new Registrar(cli, options, ports);
  }

  async register(inventory: Inventory): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const node of inventory) {
      this.#cli.signal.throwIfAborted();
      const outcome = await this.#one(node);
      outcomes.push({ node: node.name, where: node.where, ...outcome });
    }
    return outcomes;
  }

  /** What is wrong with one node is no matter of the others. */
  async #one(listed: ListedNode): Promise<Pick<Outcome, 'state' | 'remarks'>> {
    try {
      const there = await this.#find(listed.name);
      const facts = there && (await this.#factsOf(listed.name));
      const nics = listed.nics.map((nic) => this.#placed(nic, facts));
      const wrong = [...nics.flatMap(({ wrong }) => wrong), ...(there ? differences(there, listed) : [])];
      if (!there && listed.bmc === undefined) wrong.push('nothing says how its BMC is reached');
      if (wrong.length > 0) return { state: 'refused', remarks: wrong };
      const missing = nics.flatMap(({ missing }) => missing);
      if (this.#options.dryRun) return { state: missing.length > 0 ? 'waiting' : 'ready', remarks: missing };
      if (!there) await this.#add(listed, nics);
      else await this.#cable(there, nics);
      missing.push(...(await this.#askBmc(listed.name)));
      await this.#maintain(listed.name, missing);
      return { state: missing.length > 0 ? 'waiting' : 'ready', remarks: missing };
    } catch (error) {
      if (!(error instanceof BullionError)) throw error;
      return { state: 'refused', remarks: [error.message] };
    }
  }

  /** Where the NIC's cable goes: as listed, or else as seen. */
  #placed(nic: ListedNic, facts: Facts | undefined): Placed {
    const seen = this.#evidence.of(nic.mac, facts);
    const said = nic.cable;
    const placed = { nic, cable: said ?? seen, wrong: [] as string[], missing: [] as string[] };
    const port = placed.cable && this.#ports.find((one) => isAt(one, placed.cable!));
    if (said && !port)
      placed.wrong.push(`${nic.name}: there is no port ${said.port} on a registered switch ${said.switch}`);
    else if (said && seen && !isAt(said, seen)) {
      placed.wrong.push(
        `${nic.name} was met at ${seen.switch}/${seen.port}, and not at ${said.switch}/${said.port}`,
      );
    } else if (!seen) {
      const what = said ? `not met at ${said.switch}/${said.port}` : 'not met at any port';
      placed.missing.push(`${nic.name} (${nic.mac}) was ${what}: bullion node inspect`);
    }
    return placed;
  }

  async #find(name: string): Promise<Node | undefined> {
    const { isolation } = await this.#cli.services();
    return await absent('node_not_found', () =>
      ok(isolation.GET('/isolation/v1/nodes/{node}', { params: { path: { node: name } } })),
    );
  }

  async #factsOf(name: string): Promise<Facts | undefined> {
    const { isolation } = await this.#cli.services();
    const params = { path: { node: name } };
    const inspection = await absent('inspection_not_found', () =>
      ok(isolation.GET('/isolation/v1/nodes/{node}/inspection', { params })),
    );
    return inspection?.facts;
  }

  async #add(listed: ListedNode, nics: readonly Placed[]): Promise<void> {
    const { isolation } = await this.#cli.services();
    const { firmware, bmcDriver, bmcSettings } = this.#options;
    for (const { cable } of nics) if (cable) await this.#addPort(cable);
    const body = {
      name: listed.name,
      firmware: listed.firmware ?? firmware,
      maintenance: WAITING,
      bmc: {
        driver: listed.bmc?.driver ?? bmcDriver,
        settings: { ...bmcSettings, ...listed.bmc?.settings },
      },
      nics: nics.map(({ nic: { name, mac }, cable }) => ({ name, mac, ...cable })),
    };
    await ok(isolation.POST('/isolation/v1/nodes', { body }));
    for (const [label, value] of Object.entries(listed.metadata)) {
      const params = { path: { node: listed.name, label } };
      await ok(isolation.PUT('/isolation/v1/nodes/{node}/metadata/{label}', { params, body: { value } }));
    }
  }

  /** Cables that were found since the node was registered. */
  async #cable(there: Node, nics: readonly Placed[]): Promise<void> {
    const { isolation } = await this.#cli.services();
    for (const { nic, cable } of nics) {
      const known = there.nics.find(({ name }) => name === nic.name);
      if (!cable || known?.port !== undefined) continue;
      await this.#addPort(cable);
      const params = { path: { node: there.name, nic: nic.name } };
      await ok(isolation.PUT('/isolation/v1/nodes/{node}/nics/{nic}/cable', { params, body: cable }));
    }
  }

  async #addPort({ switch: switchName, port }: Cable): Promise<void> {
    const { isolation } = await this.#cli.services();
    if (this.#ports.find((one) => isAt(one, { switch: switchName, port }))?.registered) return;
    const params = { path: { switch: switchName, port } };
    await absent('port_exists', () =>
      ok(isolation.PUT('/isolation/v1/switches/{switch}/ports/{port}', { params })),
    );
  }

  async #askBmc(name: string): Promise<string[]> {
    const { isolation } = await this.#cli.services();
    const params = { path: { node: name }, query: { fresh: 'true' } };
    try {
      await ok(isolation.GET('/isolation/v1/nodes/{node}/power', { params }));
      return [];
    } catch (error) {
      if (!(error instanceof BullionError)) throw error;
      return [error.message];
    }
  }

  /** Into maintenance or out of it; what an operator has put there for other reasons stays. */
  async #maintain(name: string, missing: readonly string[]): Promise<void> {
    const { isolation } = await this.#cli.services();
    const node = (await this.#find(name))!;
    if (node.maintenance !== null && !node.maintenance.startsWith(WAITING)) return;
    const reason = `${WAITING}: ${missing.join('; ')}`.slice(0, 500);
    const on = missing.length > 0;
    if (!on && node.maintenance === null) return;
    const params = { path: { node: name } };
    await ok(
      isolation.PATCH('/isolation/v1/nodes/{node}', { params, body: { maintenance: { on, reason } } }),
    );
  }
}

type Placed = { nic: ListedNic; cable: Cable | undefined; wrong: string[]; missing: string[] };

const isAt = (one: Cable, other: Cable) => one.switch === other.switch && one.port === other.port;

/** What the inventory says of a node otherwise than the service has it. */
function differences(there: Node, listed: ListedNode): string[] {
  const differs = (what: string, here: unknown, said: unknown) =>
    said === undefined || here === undefined || here === said
      ? []
      : [`it is registered with ${what} ${here}, and listed with ${said}`];
  return [
    ...differs('firmware', there.firmware, listed.firmware),
    ...listed.nics.flatMap((nic) => {
      const known = there.nics.find(({ name }) => name === nic.name);
      if (!known) return [`it is registered without a NIC ${nic.name}`];
      return [
        ...differs(`${nic.name}'s address`, known.mac, nic.mac),
        ...differs(`${nic.name}'s port`, known.port, nic.cable?.port),
        ...differs(`${nic.name}'s switch`, known.switch, nic.cable?.switch),
      ];
    }),
  ];
}

async function absent<Answer>(code: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof BullionError && error.code === code) return undefined;
    throw error;
  }
}
