/** Whether a boot's node is still the one that was given to it. The isolation service knows. */
import { type IsolationType, ok } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import type { Context } from './context.ts';
import type { BootTable } from './store/schema.ts';
import { wipeOf } from './wipes/wipe.ts';

type Node = IsolationType['Node'];

/**
 * The project holds the node, and the boot NIC of one that runs is on the provisioning network: a node that was
 * released and allocated to the same project again has lost that.
 */
export function isHeldFor(boot: BootTable, node: Node, network: string): boolean {
  const wipe = wipeOf(boot);
  // A node that is wiped is nobody's: it is ours until its release is over.
  if (wipe) return node.state === 'releasing' && node.allocation === wipe.allocation;
  if (node.project !== boot.project || node.state !== 'allocated') return false;
  if (boot.state !== 'running') return true;
  const nic = node.nics.find(({ name }) => name === boot.nic);
  return nic?.networks.some((on) => on.network === network && on.state !== 'detaching') ?? false;
}

export async function isHeld({ isolation, network }: Context, boot: BootTable): Promise<boolean> {
  try {
    const params = { params: { path: { node: boot.node } } };
    return isHeldFor(
      boot,
      await ok(isolation.isolation.GET('/isolation/v1/nodes/{node}', params)),
      network.name,
    );
  } catch (error) {
    if (error instanceof BullionError && error.code === 'node_not_found') return false;
    throw error;
  }
}
