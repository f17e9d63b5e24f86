/** A node is booted once, only to be looked at: what it is made of, and which switch port each NIC hears. */
import { type IsolationType, ok } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';
import type { Cli } from './cli.ts';
import { releaseNode } from './commands/release.ts';
import { follow } from './follow.ts';

export type Inspection = { at: string; facts: IsolationType['Facts'] };

/** The project that holds a node while it is looked at. */
const PROJECT = 'inspection';

/** For operators. The node must be free; it may be in maintenance, and is free again afterwards, however this ends. */
export async function inspect(cli: Cli, node: string, image: string): Promise<Inspection> {
  const { isolation, provisioning } = await cli.services();
  const params = { path: { node } };
  // Asked first: without them nothing is begun.
  await ok(provisioning.GET('/provisioning/v1/images/{image}', { params: { path: { image } } }));
  await unlessThere('project_exists', () =>
    ok(isolation.POST('/isolation/v1/projects', { body: { name: PROJECT } })),
  );
  await ok(isolation.POST('/isolation/v1/nodes/{node}/allocate', { params, body: { project: PROJECT } }));
  let failure: unknown;
  try {
    const { token } = await ok(isolation.POST('/isolation/v1/nodes/{node}/inspect', { params }));
    const body = { node, image, inspection: token, sshAuthorizedKeys: [] };
    const boot = await ok(provisioning.POST('/provisioning/v1/boots', { body }));
    await follow(cli, 'provisioning', boot.operation, `Inspecting ${node}`);
  } catch (error) {
    failure = error;
  }
  try {
    await releaseNode(cli, node, { deleteVolume: true });
  } catch (error) {
    if (failure === undefined) throw error;
    cli.note(`And it could not be released: ${messageOf(error)} Try again: bullion release ${node}`);
  }
  if (failure !== undefined) throw failure;
  return await ok(isolation.GET('/isolation/v1/nodes/{node}/inspection', { params }));
}

async function unlessThere(code: string, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof BullionError && error.code === code)) throw error;
  }
}
