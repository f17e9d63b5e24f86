/**
 * The nodes of a group: those that were named, or as many free ones as were asked for, which are allocated to the
 * project with the caller's own credentials. A node that cannot be booted is passed over, and said with its reason.
 */
import { all, ok, type Services } from '@bullion/sdk';
import { BullionError, type Credentials, type ErrorBody } from '@bullion/service';
import { type Bootable, type BootRequest, checkBoot } from '../boot-request.ts';
import type { Context } from '../context.ts';

/** Which free nodes will do: `firmware` as it was registered, every other word a label of the node's metadata. */
export type Attributes = Readonly<Record<string, string>>;

export type Wanted = {
  project: string;
  /** Nodes that the project holds. */
  nodes?: readonly string[] | undefined;
  /** Or so many free ones... */
  count?: number | undefined;
  /** ...that have these attributes. */
  where?: Attributes | undefined;
  /** Fewer than these is none. */
  atLeast: number;
};

export type PassedOver = { node: string; error: ErrorBody['error'] };
export type Gathered = { bootables: Bootable[]; passedOver: PassedOver[]; allocated: ReadonlySet<string> };

/** So many BMCs are asked at the same time. */
const AT_ONCE = 128;

type Boot = Omit<BootRequest, 'node'>;

/** Throws `nodes_too_few` where too few can be had; what was allocated is given back then. */
export async function gather(
  context: Context,
  credentials: Credentials,
  wanted: Wanted,
  boot: Boot,
): Promise<Gathered> {
  const services = context.isolationAs(credentials);
  const bootables: Bootable[] = [];
  const passedOver: PassedOver[] = [];
  const allocated = new Set<string>();
  const candidates = wanted.nodes
    ? [...new Set(wanted.nodes)]
    : await freeNodes(services, wanted.where ?? {});
  const count = wanted.nodes ? candidates.length : wanted.count!;
  try {
    while (bootables.length < count && candidates.length > 0) {
      const next = candidates.splice(0, Math.min(AT_ONCE, count - bootables.length));
      await Promise.all(
        next.map(async (node) => {
          try {
            if (!wanted.nodes) {
              await allocate(services, node, wanted.project);
              allocated.add(node);
            }
            const bootable = await checkBoot(context, credentials, { ...boot, node });
            if (bootable.node.project !== wanted.project) throw ofOtherProject(node, wanted.project);
            bootables.push(bootable);
          } catch (error) {
            if (!(error instanceof BullionError)) throw error;
            passedOver.push({ node, error: error.toBody().error });
            if (allocated.delete(node)) await giveBack(services, [node]);
          }
        }),
      );
    }
    if (bootables.length < wanted.atLeast) throw tooFew(wanted, bootables.length, passedOver);
    return { bootables, passedOver, allocated };
  } catch (error) {
    await giveBack(services, allocated);
    throw error;
  }
}

async function freeNodes({ isolation }: Services, where: Attributes): Promise<string[]> {
  const nodes = await all((page) =>
    isolation.GET('/isolation/v1/nodes', { params: { query: { ...page, free: 'true' } } }),
  );
  return nodes.filter((node) => node.maintenance === null && matches(node, where)).map(({ name }) => name);
}

type Describable = { firmware: string; metadata: Record<string, unknown> };

export function matches({ firmware, metadata }: Describable, where: Attributes): boolean {
  return Object.entries(where).every(([label, value]) => {
    const has = label === 'firmware' ? firmware : metadata[label];
    return has !== undefined && (typeof has === 'string' ? has : JSON.stringify(has)) === value;
  });
}

export async function allocate({ isolation }: Services, node: string, project: string): Promise<void> {
  const params = { path: { node } };
  await ok(isolation.POST('/isolation/v1/nodes/{node}/allocate', { params, body: { project } }));
}

/** What cannot be given back now is the project's still, as its list of nodes says. */
export async function giveBack({ isolation }: Services, nodes: Iterable<string>): Promise<void> {
  await Promise.allSettled(
    [...nodes].map((node) =>
      ok(isolation.POST('/isolation/v1/nodes/{node}/release', { params: { path: { node } }, body: {} })),
    ),
  );
}

const ofOtherProject = (node: string, project: string) =>
  new BullionError('conflict', 'node_of_other_project', `Node "${node}" is not held by "${project}".`, {
    hint: `See what it holds: \`bullion node list --project ${project}\`.`,
  });

function tooFew({ nodes, count, atLeast, where }: Wanted, had: number, passedOver: readonly PassedOver[]) {
  const asked = nodes ? `${nodes.length} named` : `${count} free`;
  const like = Object.entries(where ?? {}).map(([label, value]) => `${label}=${value}`);
  const why = passedOver.length === 0 ? '' : ` ${passedOver[0]!.node}: ${passedOver[0]!.error.message}`;
  return new BullionError(
    'conflict',
    'nodes_too_few',
    `Of ${asked} nodes${like.length > 0 ? ` with ${like.join(', ')}` : ''} only ${had} can be booted now.${why}`,
    {
      hint:
        atLeast > 1 && had > 0
          ? `Take what there is: --at-least ${had}. Nothing was changed.`
          : 'See what is free: `bullion node list --free`. Nothing was changed.',
      details: { passedOver },
    },
  );
}
