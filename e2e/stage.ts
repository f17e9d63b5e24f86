/** Setting the stage for a test: a rig whose rack is registered, with a golden image and a tenant. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { obstacles } from '@bullion/rack';
import type { ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import { Rig } from './rig.ts';
import type { Ssh } from './ssh.ts';

export type Boot = ProvisioningType['Boot'];
/** `lab` is the token of the project. */
export type Lab = { rig: Rig; lab: string; ssh: Ssh };

export const rackFile = (name: string) => join(import.meta.dirname, 'racks', `${name}.yaml`);

/** Why no rack can be brought up here, for a test's `skip`; false where one can. */
export async function noRack(): Promise<string | false> {
  const lacking = await obstacles();
  if (lacking.length === 0) return false;
  return `no virtual rack here: ${lacking.map((obstacle) => obstacle.what).join('; ')}`;
}

/** A rig with its rack registered and one project, `lab`. */
export async function openLab(
  spec: string,
  options: { image?: string; serve?: string[] } = {},
): Promise<{ rig: Rig; lab: string }> {
  const rig = await Rig.up({ spec: rackFile(spec), ...(options.serve ? { serve: options.serve } : {}) });
  try {
    await rig.bullion(['rack', 'register', rig.rack.name]);
    if (options.image) await rig.bullion(['image', 'build', options.image, '--public']);
    await rig.bullion(['project', 'create', 'lab']);
    const { token } = await rig.bullion<{ token: string }>(['project', 'token', 'lab']);
    return { rig, lab: token };
  } catch (error) {
    await rig.close();
    throw error;
  }
}

/** Asserts that the command is refused with `code`, in words that say what to do next. */
export async function refused(rig: Rig, args: string[], code: string, token?: string): Promise<BullionError> {
  const error = await rig.bullion(args, token).then(
    () => assert.fail(`bullion ${args.join(' ')} was not refused`),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof BullionError, String(error));
  assert.equal(error.code, code, error.message);
  assert(error.hint, `"${error.message}" comes without a hint`);
  return error;
}

/** What would be left behind: boots, volumes, targets' DHCP entries, and ports that carry anything. */
export async function leftovers(rig: Rig): Promise<Record<string, unknown>> {
  const ports = await rig.bullion<{ name: string; observed: string }[]>([
    'switch',
    'ports',
    rig.rack.switches[0]!.name,
  ]);
  return {
    boots: await rig.bullion(['boot', 'list']),
    volumes: await rig.bullion(['volume', 'list']),
    dhcp: await readdir(join(rig.home, 'service', 'provisioning', 'dhcp', 'hosts')),
    openPorts: ports.filter((port) => port.observed !== 'closed'),
  };
}

export const nothingLeft = { boots: [], volumes: [], dhcp: [], openPorts: [] };

/** Polls the node's boot until it has reached `stage`. */
export async function reached(rig: Rig, node: string, stage: string, timeoutMs = 120_000): Promise<Boot> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const boot = await rig.bullion<Boot>(['boot', 'show', node]);
    if (boot.timeline.some((entry) => entry.stage === stage)) return boot;
    if (boot.state === 'failed' || Date.now() > deadline) {
      assert.fail(
        `${node} did not reach "${stage}": ${boot.state} ${JSON.stringify(boot.timeline)} ${boot.error?.message ?? ''}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The lab's whole visit to one node: it boots the golden image, is looked at, and leaves nothing. */
export async function bootAndLeave(
  { rig, lab, ssh }: Lab,
  node: string,
  look: (boot: Boot) => Promise<void>,
): Promise<void> {
  await rig.bullion(['node', 'allocate', node, '--project', 'lab'], lab);
  const words = ['boot', node, '--image', 'golden', '--ssh-key', ssh.publicKeyFile];
  const boot = await rig.bullion<Boot>(words, lab);
  assert.equal(boot.state, 'running');
  await look(boot);
  await rig.bullion(['release', node, '--delete-volume'], lab);
  assert.deepEqual(await leftovers(rig), nothingLeft);
}
