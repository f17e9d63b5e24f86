/** `bullion boot`: a node runs from a clone of an image within the time of one command. */
import { setTimeout as sleep } from 'node:timers/promises';
import { all, ok } from '@bullion/sdk';
import { BullionError, messageOf } from '@bullion/service/errors';
import { type Command, Option } from 'commander';
import { type IdentityOptions, identityRequest } from '../boot-identity.ts';
import { type Boot, BootView, phaseLines } from '../boot-view.ts';
import type { Cli } from '../cli.ts';
import { lastConsoleLines } from '../console-stream.ts';
import { example } from '../example.ts';
import { finish, patiently } from '../follow.ts';
import { fields, seconds, table } from '../output.ts';
import { publicKeys } from '../public-keys.ts';
import { collect } from '../settings.ts';
import { addBootGroup, bootGroup, waitingOf } from './boot-group.ts';

/** How often a boot is looked at, in milliseconds. */
const LOOK_MS = 400;
/** How long it waits for what a failed boot leaves to be undone. A BMC that does not answer can make that long. */
const UNDO_MS = 10_000;
const CONSOLE_LINES = 30;

type BootOptions = IdentityOptions & {
  image?: string;
  volume?: string;
  mode?: 'diskless' | 'copy' | 'ram';
  nic?: string;
  hostname?: string;
  sshKey?: string[];
  priority?: 'low' | 'normal' | 'high';
  spare?: string;
  count?: string;
  project?: string;
  class?: string;
  where?: string[];
  atLeast?: string;
  wait: boolean;
};

export function addBoot(program: Command, cli: Cli): void {
  const boot = program
    .command('boot')
    .description('boot a node from a clone of an image or from a volume: diskless, or from a copy')
    .usage(
      'NODE --image IMAGE | --volume VOLUME [options]\n       bullion boot --count N --image IMAGE --project PROJECT [options]\n       bullion boot list | show | end | group | queue',
    )
    .argument('[node]', 'a node that your project holds')
    .option('--image <image>', 'an image or a snapshot; the node gets a fresh clone')
    .option('--volume <volume>', 'a volume that is there')
    .addOption(
      new Option(
        '--mode <mode>',
        'diskless: its disk stays on the network; copy: the image is written over its first local disk, which is booted then; ram: the whole image is held in memory',
      )
        .choices(['diskless', 'copy', 'ram'])
        .default('diskless'),
    )
    .option('--nic <nic>', 'the NIC to boot by; the first by default')
    .option('--hostname <name>', "the node's name to itself; its name here by default")
    .option('--ssh-key <file>', 'a public key that may log in as root; may be repeated', collect)
    .option('--spare <node|class=value>', 'who takes the disk when the node dies')
    .option('--user <name=file>', 'a user to make, with a public key; may be repeated', collect)
    .option('--sudo-user <name=file>', 'the same, who may become root; may be repeated', collect)
    .option('--user-data <file>', "for the node's cloud-init, or a script: the node alone is told, once")
    .addOption(new Option('--priority <priority>', 'among boots that wait for a turn').choices(PRIORITIES))
    .option('--count <n>', 'so many free nodes, which the project gets, instead of one that it holds')
    .option('--project <project>', 'with --count: who is to hold them')
    .option('--class <class>', 'with --count: whose label "class" says this')
    .option('--where <label=value>', 'with --count: with this label; may be repeated', collect)
    .option('--at-least <n>', 'with --count: be content with so many')
    .option('--no-wait', 'return at once')
    .action(async (node: string | undefined, options: BootOptions, command: Command) => {
      if (node === undefined && options.count !== undefined) return await startGroup(cli, options);
      if (node === undefined) return command.help({ error: true });
      await start(cli, node, options);
    });
  example(
    boot,
    'bullion boot node1 --image golden --ssh-key ~/.ssh/id_ed25519.pub',
    'bullion boot node1 --volume data',
    'bullion boot node1 --image golden --mode ram',
    'bullion boot --count 50 --class blade --image golden --project mine',
    'bullion boot show node1',
  );

  example(
    boot
      .command('list')
      .description('list boots that live')
      .option('--all', 'those that have ended or failed, too')
      .action(async (options: { all?: true }) => {
        const { provisioning } = await cli.services();
        const query = options.all ? { all: 'true' } : {};
        const boots = await all((page) =>
          provisioning.GET('/provisioning/v1/boots', { params: { query: { ...page, ...query } } }),
        );
        cli.list(boots, 'No node is booted. Boot one: bullion boot NODE --image IMAGE', (rows) =>
          table(
            ['node', 'state', 'mode', 'project', 'image', 'volume', 'address', 'began'],
            rows.map((row) => [
              row.node,
              row.state,
              row.mode,
              row.project,
              row.image,
              row.volume,
              row.address,
              row.createdAt,
            ]),
          ),
        );
      }),
    'bullion boot list --all',
  );

  example(
    boot
      .command('show <boot>')
      .description('show a boot with its phases: by its id, or by a node for its latest')
      .action(async (name: string) => {
        const { provisioning } = await cli.services();
        const found = await ok(provisioning.GET('/provisioning/v1/boots/{boot}', onBoot(name)));
        cli.result(found, describe(found));
      }),
    'bullion boot show node1',
  );

  example(
    boot
      .command('end <boot>')
      .description('end a boot: the node goes off; your project still holds it, and the volume stays')
      .option('--delete-volume', 'delete its volume')
      .option('--no-wait', 'return at once')
      .action(async (name: string, options: { deleteVolume?: true }, command: Command) => {
        const operation = await endBoot(cli, name, options.deleteVolume ?? false);
        const words = { doing: `Ending the boot of ${name}`, done: `The boot of ${name} has ended.` };
        await finish(cli, operation, waitingOf(command), words, 'provisioning');
      }),
    'bullion boot end node1',
  );
  addBootGroup(boot, cli);
}

const PRIORITIES = ['low', 'normal', 'high'];

async function startGroup(cli: Cli, options: BootOptions): Promise<void> {
  const sshAuthorizedKeys = (options.sshKey ?? []).flatMap(publicKeys);
  const { image, project, class: like, where, atLeast, priority, wait } = options;
  await bootGroup(cli, {
    ...{ image, project, class: like, where, atLeast, priority, wait, sshAuthorizedKeys },
    count: options.count!,
  });
}

/** Where the root of a node that runs from a copy is. */
const MODES = {
  copy: 'copy: it runs from its own disk',
  ram: 'ram: it runs from its memory, and forgets everything when it goes off',
};

const onBoot = (boot: string) => ({ params: { path: { boot } } });

/** Returns the id of the operation that ends the boot. */
export async function endBoot(cli: Cli, boot: string, deleteVolume: boolean): Promise<string> {
  const { provisioning } = await cli.services();
  const params = { path: { boot }, query: { deleteVolume: String(deleteVolume) } };
  return (await ok(provisioning.DELETE('/provisioning/v1/boots/{boot}', { params }))).operation;
}

async function start(cli: Cli, node: string, options: BootOptions): Promise<void> {
  const { image, volume, mode, nic, hostname } = options;
  const { provisioning } = await cli.services();
  const body = {
    node,
    image,
    volume,
    mode,
    nic,
    hostname,
    priority: options.priority ?? ('normal' as const),
    ...(options.spare === undefined ? {} : { spare: spareOf(options.spare) }),
    sshAuthorizedKeys: (options.sshKey ?? []).flatMap(publicKeys),
    ...identityRequest(options),
  };
  const boot = await ok(provisioning.POST('/provisioning/v1/boots', { body }));
  if (!options.wait) return cli.result(boot, `Node ${node} boots. Look at it: bullion boot show ${node}`);
  const ended = await watch(cli, boot);
  if (ended.state !== 'running') throw await bootFailure(cli, ended);
  cli.result(ended, await success(cli, ended));
}

const spareOf = (text: string) =>
  text.startsWith('class=') ? { class: text.slice('class='.length) } : { node: text };

/** The boot when it is over, for better or worse; of one that failed the node can then be booted anew, if it is soon undone. */
async function watch(cli: Cli, begun: Boot): Promise<Boot> {
  const { provisioning } = await cli.services();
  const view = new BootView(cli, begun);
  let boot = begun;
  try {
    let undoneBy: number | undefined;
    const isUndone = () => boot.state !== 'ending' || Date.now() > (undoneBy ??= Date.now() + UNDO_MS);
    while (boot.state === 'booting' || !isUndone()) {
      await sleep(LOOK_MS, undefined, { signal: cli.signal });
      boot = await patiently(cli, () =>
        ok(provisioning.GET('/provisioning/v1/boots/{boot}', onBoot(boot.id))),
      );
      view.show(boot);
    }
    view.end({ keep: true });
    return boot;
  } catch (error) {
    view.end({ keep: false });
    if (cli.signal.aborted)
      cli.note(
        `The boot goes on without you. Look at it: bullion boot show ${boot.node}; end it: bullion boot end ${boot.node}`,
      );
    throw error;
  }
}

/** The cause, and what the node printed last: most causes stand there. */
async function bootFailure(cli: Cli, boot: Boot): Promise<BullionError> {
  const lines = await lastConsoleLines(cli, boot.node, CONSOLE_LINES).catch((error: unknown) => [
    `(the console cannot be read: ${messageOf(error)})`,
  ]);
  cli.note(`\n--- what ${boot.node} printed, last ${CONSOLE_LINES} lines ---`);
  for (const line of lines.length > 0 ? lines : ['(nothing)']) cli.note(line);
  cli.note('---\n');
  const { error } = boot;
  return new BullionError(
    'internal',
    error?.code ?? 'boot_ended',
    error?.message ?? `The boot of node "${boot.node}" was ended before it was through.`,
    {
      hint: error?.hint ?? `See who ended it: bullion events`,
      details: { boot, console: lines },
    },
  );
}

async function success(cli: Cli, boot: Boot): Promise<string> {
  const total = boot.phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const ssh = `ssh root@${boot.address}`;
  const rack = await rackWith(cli, boot.address);
  return [
    `Node ${boot.node} runs, ${seconds(total)} after it was asked for.`,
    fields([
      ['  address', `${boot.address} on the provisioning network`],
      ['  ssh', rack === undefined ? ssh : `bullion rack exec --rack ${rack} -- ${ssh}`],
      boot.mode === 'diskless' ? ['  volume', boot.volume] : ['  mode', MODES[boot.mode]],
    ]),
  ].join('\n');
}

/** The virtual rack of this machine whose provisioning network the address is on: it is reached from within only. */
export async function rackWith(cli: Cli, address: string): Promise<string | undefined> {
  if (cli.json) return undefined;
  const { racksOf } = await import('../racks.ts');
  const { BlockList } = await import('node:net');
  const racks = await racksOf(cli).catch(() => []);
  return racks.find(({ controller }) => {
    const [network, prefix] = controller.address.split('/');
    const subnet = new BlockList();
    subnet.addSubnet(network!, Number(prefix));
    return subnet.check(address);
  })?.name;
}

function describe(boot: Boot): string {
  const head = fields([
    ['boot', boot.id],
    ['node', boot.node],
    ['state', boot.state],
    ['project', boot.project],
    ['image', boot.image],
    ['volume', boot.volume],
    ['mode', boot.mode],
    ['address', boot.address],
    ['hostname', boot.hostname],
    ['operation', boot.operation],
    ['error', boot.error?.message],
    ['hint', boot.error?.hint],
    ...boot.sshHostKeys.map((key) => ['host key', key] as const),
  ]);
  return `${head}\n\n${phaseLines(boot, Date.now()).join('\n')}`;
}
