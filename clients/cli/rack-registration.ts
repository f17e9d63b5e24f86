/** Makes a virtual rack known to the isolation service, as an operator would his machine hall. Can be run again. */
import type { NodeStatus, RackStatus } from '@bullion/rack';
import { all, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import { createNetwork } from './commands/network.ts';
import { addOnePort } from './commands/switch.ts';

/** The operator's network that servers boot over. */
export const PROVISIONING_NETWORK = 'provisioning';

export type Registered = {
  what: string;
  outcome: 'registered' | 'was there' | 'registered anew: its BMC has a new password';
};

export async function registerRack(cli: Cli, rack: RackStatus): Promise<Registered[]> {
  const { isolation } = await cli.services();
  const done: Registered[] = [];
  for (const { name, driver, address } of rack.switches) {
    const body = { name, driver, settings: { address, bridge: name } };
    const add = () => ok(isolation.POST('/isolation/v1/switches', { body }));
    done.push({ what: `switch ${name}`, outcome: await unlessThere('switch_exists', add) });
  }
  for (const { switch: switchName, port } of rack.nodes.flatMap((node) => node.nics)) {
    const add = () => addOnePort(cli, switchName, port);
    done.push({ what: `port ${switchName}/${port}`, outcome: await unlessThere('port_exists', add) });
  }
  for (const node of rack.nodes)
    done.push({ what: `node ${node.name}`, outcome: await registerNode(cli, node) });
  done.push({ what: `network ${PROVISIONING_NETWORK}`, outcome: await registerNetwork(cli, rack) });
  return done;
}

async function unlessThere(code: string, add: () => Promise<unknown>): Promise<Registered['outcome']> {
  try {
    await add();
    return 'registered';
  } catch (error) {
    if (error instanceof BullionError && error.code === code) return 'was there';
    throw error;
  }
}

/**
 * A rack that is brought up anew has BMCs with new passwords. A node that was there is tried, and where its password
 * is out of date it is registered anew; one that a project holds is left alone, and the error says what to do.
 */
async function registerNode(cli: Cli, node: NodeStatus): Promise<Registered['outcome']> {
  const { isolation } = await cli.services();
  const params = { path: { node: node.name } };
  const { address, port, user: username, password, tls } = node.bmc;
  const body = {
    name: node.name,
    firmware: node.firmware,
    bmc: {
      driver: node.bmc.driver,
      settings: { address, port, username, password, ...(tls ? { tls } : {}) },
    },
    nics: node.nics,
  };
  const add = async () => {
    await ok(isolation.POST('/isolation/v1/nodes', { body }));
    // A node that is known to have no disk need not boot to be wiped.
    if (node.diskBytes !== undefined) return;
    const label = { params: { path: { node: node.name, label: 'wipe' } }, body: { value: 'none' } };
    await ok(isolation.PUT('/isolation/v1/nodes/{node}/metadata/{label}', label));
  };
  const outcome = await unlessThere('node_exists', add);
  if (outcome !== 'was there') return outcome;
  try {
    const now = { params: { ...params, query: { fresh: 'true' } } };
    await ok(isolation.GET('/isolation/v1/nodes/{node}/power', now));
    return outcome;
  } catch (error) {
    if (!(error instanceof BullionError && error.code.startsWith('bmc_'))) throw error;
    const found = await ok(isolation.GET('/isolation/v1/nodes/{node}', { params }));
    if (found.state !== 'free') {
      throw new BullionError(
        'conflict',
        'node_out_of_date',
        `Node "${node.name}" was registered with an earlier password of its BMC, and ${found.project} holds it: ${error.message}`,
        {
          hint: `Start afresh: end \`bullion serve\`, remove ${cli.home}/service, and register again.`,
          cause: error,
        },
      );
    }
    await ok(isolation.DELETE('/isolation/v1/nodes/{node}', { params }));
    await add();
    return 'registered anew: its BMC has a new password';
  }
}

async function registerNetwork(cli: Cli, rack: RackStatus): Promise<Registered['outcome']> {
  const { isolation } = await cli.services();
  const { vlan } = rack.controller;
  const networks = await all((query) => isolation.GET('/isolation/v1/networks', { params: { query } }));
  const there = networks.find((network) => network.fullName === PROVISIONING_NETWORK);
  if (there === undefined) {
    await createNetwork(cli, { name: PROVISIONING_NETWORK, project: null, vlan, isolated: true });
    return 'registered';
  }
  if (there.vlan === vlan && there.isolated) return 'was there';
  throw new BullionError(
    'conflict',
    'provisioning_network_differs',
    `The network "${PROVISIONING_NETWORK}" is VLAN ${there.vlan}, and the operator's machine of rack "${rack.name}" is on VLAN ${vlan}.`,
    { hint: `Delete it and register again: bullion network delete ${PROVISIONING_NETWORK}` },
  );
}
