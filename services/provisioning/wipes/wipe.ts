/**
 * Wiping: a node that was released boots an image of the operator's, whose initramfs erases its disks
 * (node-image/initramfs/lib/wipe.sh), reads back that they hold zeros, and reports it once. Only then does the isolation
 * service, which asks for it by a wipe hook, take the node for free.
 */
import { BullionError } from '@bullion/service';
import type { BootTable } from '../store/schema.ts';

/**
 * `quick`: the disk writes zeros over all that can be addressed, by itself where it can; samples are read back, or all of
 * a small disk. `full`: before that the device erases itself where it can, and all of it is read back.
 */
export const POLICIES = ['none', 'quick', 'full'] as const;
export type Policy = (typeof POLICIES)[number];

/** The label under which an operator notes a policy at a node. */
export const LABEL = 'wipe';

/** Whose boots and disks wipes are. No project can have this name. */
export const NOBODY = '/wipe';

export type Wipe = {
  policy: Exclude<Policy, 'none'>;
  /** The one that is over. */
  allocation: string;
  /** Of the wipe, which is begun anew after a crash and must find its boot. */
  operation: string;
};

export const wipeOf = (boot: Pick<BootTable, 'wipe'>): Wipe | null =>
  boot.wipe === null ? null : (JSON.parse(boot.wipe) as Wipe);

/** What the operator noted at the node, or what is for all nodes. A word that is no policy wipes nothing by mistake. */
export function policyFor(node: string, metadata: Record<string, unknown>, otherwise: Policy): Policy {
  const noted = metadata[LABEL];
  if (noted === undefined) return otherwise;
  const policy = POLICIES.find((one) => one === noted);
  if (policy !== undefined) return policy;
  throw new BullionError(
    'conflict',
    'wipe_policy_unknown',
    `The label "${LABEL}" of node "${node}" says ${JSON.stringify(noted)}, which is no way to wipe it.`,
    { hint: `Set it to ${POLICIES.join(', ')}; then release the node again.` },
  );
}
