/** `bullion boot --count`: many nodes from one image, as one group with one progress; and what is done with groups. */
import { setTimeout as sleep } from 'node:timers/promises';
import { all, ok, type ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { finish, patiently } from '../follow.ts';
import { spinner } from '../live-block.ts';
import { fields, table } from '../output.ts';

type Group = ProvisioningType['BootGroup'];

export type GroupWish = {
  count: string;
  image: string | undefined;
  project: string | undefined;
  class: string | undefined;
  where: string[] | undefined;
  atLeast: string | undefined;
  priority: 'low' | 'normal' | 'high' | undefined;
  sshAuthorizedKeys: string[];
  wait: boolean;
};

/** How often a group is looked at, in milliseconds. */
const LOOK_MS = 500;

export async function bootGroup(cli: Cli, wish: GroupWish): Promise<void> {
  const { provisioning } = await cli.services();
  const { image, project } = wish;
  if (image === undefined || project === undefined) throw incomplete();
  const where = Object.fromEntries([
    ...(wish.class === undefined ? [] : [['class', wish.class] as const]),
    ...(wish.where ?? []).map(attribute),
  ]);
  const body = {
    project,
    image,
    count: number('--count', wish.count),
    ...(wish.atLeast === undefined ? {} : { atLeast: number('--at-least', wish.atLeast) }),
    where,
    priority: wish.priority ?? 'normal',
    sshAuthorizedKeys: wish.sshAuthorizedKeys,
  };
  const group = await ok(provisioning.POST('/provisioning/v1/boot-groups', { body }));
  if (!wish.wait)
    return cli.result(group, `${titleOf(group)}. Look at it: bullion boot group show ${group.id}`);
  const over = await watch(cli, group);
  if (over.state !== 'running') throw groupFailed(over);
  cli.result(over, `All ${over.members.length} nodes run. See them: bullion boot group show ${over.id}`);
}

export function addBootGroup(boot: Command, cli: Cli): void {
  const group = boot.command('group').description('groups of nodes that were booted by one request');
  example(group, 'bullion boot group list');
  example(
    group
      .command('list')
      .description('list boot groups')
      .action(async () => {
        const { provisioning } = await cli.services();
        const groups = await all((page) =>
          provisioning.GET('/provisioning/v1/boot-groups', { params: { query: page } }),
        );
        cli.list(groups, 'There is no group. Boot one: bullion boot --count N --image IMAGE', (rows) =>
          table(
            ['group', 'state', 'project', 'image', 'nodes', 'run', 'failed', 'began'],
            rows.map(({ id, state, project, image, members, tally, createdAt }) =>
              [id, state, project, image, members.length, tally.running, tally.failed, createdAt].map(String),
            ),
          ),
        );
      }),
    'bullion boot group list',
  );
  example(
    group
      .command('show <group>')
      .description('show a group with each of its nodes')
      .action(async (id: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(provisioning.GET('/provisioning/v1/boot-groups/{group}', onGroup(id)));
        cli.result(found, describe(found));
      }),
    'bullion boot group show 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70',
  );
  example(
    group
      .command('end <group>')
      .description('end the boots of a group')
      .option('--coming-up', 'only those that do not run yet')
      .option('--delete-volumes', 'delete their volumes')
      .option('--release', 'give back the nodes that the group has allocated')
      .option('--no-wait', 'return at once')
      .action(async (id: string, options: EndOptions, command: Command) => {
        const { provisioning } = await cli.services();
        const query = {
          running: String(options.comingUp !== true),
          deleteVolumes: String(options.deleteVolumes ?? false),
          release: String(options.release ?? false),
        };
        const { operation } = await ok(
          provisioning.DELETE('/provisioning/v1/boot-groups/{group}', {
            params: { path: { group: id }, query },
          }),
        );
        const words = { doing: 'Ending the boots of the group', done: 'The boots of the group have ended.' };
        await finish(cli, operation, waitingOf(command), words, 'provisioning');
      }),
    'bullion boot group end 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70 --release',
  );
  example(
    boot
      .command('queue')
      .description('how many nodes come up at the same time, and how many boots wait')
      .action(async () => {
        const { provisioning } = await cli.services();
        const { bound, comingUp, waiting } = await ok(provisioning.GET('/provisioning/v1/admission'));
        cli.result(
          { bound, comingUp, waiting },
          `${comingUp} of at most ${bound} nodes come up now, ${waiting} boots wait.`,
        );
      }),
    'bullion boot queue',
  );
}

type EndOptions = { comingUp?: true; deleteVolumes?: true; release?: true };

/** `boot` has a --no-wait too, which takes that of a command beneath it for its own. */
export const waitingOf = (command: Command): { wait: boolean } =>
  command.optsWithGlobals<{ wait: boolean }>();

const onGroup = (group: string) => ({ params: { path: { group } } });

const titleOf = ({ members, image, project }: Group) =>
  `${members.filter(({ boot }) => boot !== null).length} nodes boot from ${image} for ${project}`;

const progressOf = ({ tally, members }: Group) =>
  [
    `${tally.running}/${members.length} run`,
    ...(['booting', 'waiting', 'failed', 'ended'] as const)
      .filter((state) => tally[state] > 0)
      .map((state) => `${tally[state]} ${state}`),
  ].join(', ');

/** The group when no boot of it is under way. */
async function watch(cli: Cli, begun: Group): Promise<Group> {
  const { provisioning } = await cli.services();
  const block = cli.liveBlock();
  let group = begun;
  let told = '';
  cli.note(titleOf(group));
  try {
    for (;;) {
      const line = progressOf(group);
      if (block) block.draw([`${spinner()} ${line}`]);
      else if (line !== told) cli.note(`  ${line}`);
      told = line;
      if (group.state !== 'booting') return group;
      await sleep(LOOK_MS, undefined, { signal: cli.signal });
      group = await patiently(cli, () =>
        ok(provisioning.GET('/provisioning/v1/boot-groups/{group}', onGroup(group.id))),
      );
    }
  } catch (error) {
    if (cli.signal.aborted)
      cli.note(
        `The boots go on without you. Look at them: bullion boot group show ${group.id}; end them: bullion boot group end ${group.id}`,
      );
    throw error;
  } finally {
    block?.clear();
  }
}

function groupFailed(group: Group): BullionError {
  const why = group.members.flatMap(({ node, error }) => (error ? [`${node}: ${error.message}`] : []));
  return new BullionError(
    'internal',
    'boot_group_incomplete',
    [`Of ${group.members.length} nodes ${group.tally.running} run.`, ...why.slice(0, 10)].join('\n  '),
    {
      hint: `Those that run go on. See each: bullion boot group show ${group.id}; what a node printed: bullion console NODE --log`,
      details: { group },
    },
  );
}

function describe(group: Group): string {
  const head = fields([
    ['group', group.id],
    ['state', group.state],
    ['project', group.project],
    ['image', group.image],
    ['progress', progressOf(group)],
    ['operation', group.operation],
  ]);
  const rows = group.members.map(({ node, state, stage, address, error }) => [
    node,
    state,
    stage ?? '',
    address ?? '',
    error?.message ?? '',
  ]);
  return `${head}\n\n${table(['node', 'state', 'reached', 'address', 'error'], rows)}`;
}

function attribute(text: string): readonly [string, string] {
  const [, label, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (label !== undefined && value !== undefined) return [label, value];
  throw new BullionError('invalid', 'attribute_invalid', `"${text}" is no attribute of a node.`, {
    hint: 'Write it as LABEL=VALUE; see the labels with `bullion node show NODE`.',
  });
}

function number(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new BullionError('invalid', 'count_invalid', `${option} wants a number of nodes, not "${text}".`, {
    hint: `Such as ${option} 50.`,
  });
}

const incomplete = () =>
  new BullionError(
    'invalid',
    'boot_group_unclear',
    'Free nodes are booted from an image, and for a project that is to hold them.',
    { hint: 'Give --image IMAGE and --project PROJECT.' },
  );
