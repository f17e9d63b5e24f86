/**
 * The first story: two tenants on two servers. Each boots diskless from a clone of one image, on networks that keep them
 * apart; a snapshot carries the state of one server to another; in the end nothing is left. Every step checks what it
 * claims and throws where it does not hold.
 */
import { readdir } from 'node:fs/promises';
import type { ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service';
import type { Rig } from './rig.ts';
import { Ssh } from './ssh.ts';
import type { Telling } from './telling.ts';

type Boot = ProvisioningType['Boot'];
type Image = ProvisioningType['Image'];
type Volume = ProvisioningType['Volume'];

/** The tenants' own addresses: one subnet on purpose, so that nothing but the VLANs keeps them apart. */
const HOSPITAL = '192.168.77.1';
const STARTUP = '192.168.77.2';
const NIC = 'nic1';

export async function tellStory(rig: Rig, telling: Telling): Promise<void> {
  const ssh = await Ssh.create(rig.rack.name);
  const story = new Story(rig, telling, ssh);
  try {
    await story.tell();
  } finally {
    await ssh.close();
  }
}

class Story {
  readonly #rig: Rig;
  readonly #telling: Telling;
  readonly #ssh: Ssh;
  readonly #tokens: Record<string, string> = {};
  #sealedHash = '';

  constructor(rig: Rig, telling: Telling, ssh: Ssh) {
    this.#rig = rig;
    this.#telling = telling;
    this.#ssh = ssh;
  }

  async tell(): Promise<void> {
    const step = this.#telling.step.bind(this.#telling);
    const nodes = this.#rig.rack.nodes.map((node) => node.name);
    let hospital: Boot;
    let startup: Boot;

    await step('the operator registers the switch, its ports and both servers', () => this.#register(nodes));
    await step('a golden image is built (or found built) and sealed', () => this.#buildImage());
    await step('two tenants get a project, a network and a server each', () => this.#admitTenants());
    await step('both servers boot diskless from clones of one image', async () => {
      [hospital, startup] = await Promise.all([
        this.#boot('hospital', 'node1', 'golden'),
        this.#boot('startup', 'node2', 'golden'),
      ]);
      return [describeBoot(hospital, 'BIOS'), describeBoot(startup, 'UEFI')];
    });
    await step('each tenant writes a file of its own', () => this.#writeFiles(hospital, startup));
    await step('each server is on its own tenant network: neither reaches the other', () =>
      this.#proveIsolation(hospital, startup),
    );
    await step('moved to one network, they do reach each other', () => this.#proveSharing(hospital, startup));
    await step('a snapshot keeps the state of the first server', () => this.#snapshot(hospital));
    await step('both servers are released: off, detached, free', () =>
      this.#release(['hospital', 'node1'], ['startup', 'node2']),
    );
    await step("the hospital's state boots elsewhere, on the other server", async () => {
      await this.#as('hospital', ['node', 'allocate', 'node2', '--project', 'hospital']);
      const moved = await this.#boot('hospital', 'node2', 'hospital-day1');
      return [...(await this.#checkFiles(moved)), describeBoot(moved, 'UEFI')];
    });
    await step('the image that all this was cloned from is unchanged', () => this.#checkImage());
    await step('everything is released, and nothing is left', () => this.#cleanUp());
  }

  /** A command of the operator. */
  async #operator<Value>(args: string[]): Promise<Value> {
    this.#telling.command(`bullion ${args.join(' ')}`);
    return await this.#rig.bullion<Value>(args);
  }

  /** A command of a tenant. */
  async #as<Value>(project: string, args: string[]): Promise<Value> {
    this.#telling.command(`bullion ${args.join(' ')}   # as ${project}`);
    return await this.#rig.bullion<Value>(args, this.#tokens[project]!);
  }

  async #register(nodes: string[]): Promise<string[]> {
    await this.#operator(['rack', 'register', this.#rig.rack.name]);
    const free = await this.#operator<{ name: string }[]>(['node', 'list', '--free']);
    equal(free.map((node) => node.name).sort(), [...nodes].sort(), 'the free nodes');
    return [];
  }

  async #buildImage(): Promise<string[]> {
    await this.#operator(['image', 'build', 'golden', '--public']);
    const image = await this.#operator<Image>(['image', 'show', 'golden']);
    equal(image.state, 'sealed', "the image's state");
    this.#sealedHash = image.sha256 ?? '';
    return [`sha256 ${this.#sealedHash.slice(0, 16)}…, ${image.sizeBytes / 2 ** 20} MiB`];
  }

  async #admitTenants(): Promise<undefined> {
    for (const [project, node] of [
      ['hospital', 'node1'],
      ['startup', 'node2'],
    ] as const) {
      await this.#operator(['project', 'create', project]);
      const { token } = await this.#operator<{ token: string }>(['project', 'token', project]);
      this.#tokens[project] = token;
      await this.#as(project, ['network', 'create', `${project}-net`, '--project', project]);
      await this.#as(project, ['node', 'allocate', node, '--project', project]);
    }
    // What the other tenant has does not exist for this one.
    await this.#refused('startup', ['network', 'show', 'hospital-net'], 'network_not_found');
    await this.#refused('startup', ['node', 'show', 'node1'], 'node_not_found');
    return undefined;
  }

  /** A command that the tenant is refused. */
  async #refused(project: string, args: string[], code: string): Promise<void> {
    this.#telling.command(`bullion ${args.join(' ')}   # as ${project}: refused, ${code}`);
    const error = await this.#rig.bullion(args, this.#tokens[project]!).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    equal(
      error instanceof BullionError ? error.code : 'it was allowed',
      code,
      `the answer to \`bullion ${args.join(' ')}\``,
    );
  }

  async #boot(project: string, node: string, image: string): Promise<Boot> {
    const boot = await this.#as<Boot>(project, [
      'boot',
      node,
      '--image',
      image,
      '--ssh-key',
      this.#ssh.publicKeyFile,
    ]);
    equal(boot.state, 'running', `the state of the boot of ${node}`);
    const name = await this.#ssh.on(boot, 'hostname');
    equal(name, node, 'the host name behind the address');
    return boot;
  }

  async #writeFiles(hospital: Boot, startup: Boot): Promise<string[]> {
    await this.#ssh.on(hospital, 'echo "patient 42 is well" > /root/hospital.txt && sync');
    await this.#ssh.on(startup, 'echo "our secret sauce" > /root/startup.txt && sync');
    equal(await this.#ssh.on(startup, 'ls /root'), 'startup.txt', "what lies in the startup's /root");
    return ['node1:/root/hospital.txt and node2:/root/startup.txt, each in a clone of its own'];
  }

  async #proveIsolation(hospital: Boot, startup: Boot): Promise<string[]> {
    await this.#as('hospital', ['network', 'attach', 'hospital-net', 'node1', NIC]);
    await this.#as('startup', ['network', 'attach', 'startup-net', 'node2', NIC]);
    await this.#address(hospital, HOSPITAL);
    await this.#address(startup, STARTUP);
    const overTenant = await this.#pings(hospital, STARTUP);
    const overProvisioning = await this.#pings(hospital, startup.address);
    const back = await this.#pings(startup, HOSPITAL);
    equal(
      { overTenant, overProvisioning, back },
      { overTenant: false, overProvisioning: false, back: false },
      'who answers a ping',
    );
    await this.#refused('startup', ['network', 'attach', 'hospital-net', 'node2', NIC], 'network_not_found');
    return [
      `${HOSPITAL} and ${STARTUP} share a subnet, and no packet passes; nor on the provisioning network`,
    ];
  }

  /** Gives the tenant NIC an address: the second NIC, whose MAC address the isolation service knows. */
  async #address(boot: Boot, address: string): Promise<void> {
    const mac = this.#rig.rack.nodes.find((node) => node.name === boot.node)!.nics[1]!.mac;
    await this.#ssh.on(
      boot,
      `dev=$(ip -o link | grep -i ${mac} | cut -d: -f2 | tr -d ' ') && ip link set $dev up && ip addr replace ${address}/24 dev $dev`,
    );
  }

  async #pings(from: Boot, address: string): Promise<boolean> {
    const { code } = await this.#ssh.try(from, `ping -c 3 -i 0.3 -W 1 ${address}`);
    if (code === 255)
      throw new BullionError('internal', 'ssh_failed', `${from.node} cannot be reached to send a ping.`);
    return code === 0;
  }

  async #proveSharing(hospital: Boot, startup: Boot): Promise<string[]> {
    await this.#as('hospital', ['network', 'grant', 'hospital-net', 'startup']);
    await this.#as('startup', ['network', 'detach', 'startup-net', 'node2', NIC]);
    await this.#as('startup', ['network', 'attach', 'hospital-net', 'node2', NIC]);
    equal(await this.#pings(hospital, STARTUP), true, `whether ${STARTUP} answers on the shared network`);
    equal(await this.#pings(hospital, startup.address), false, 'whether the provisioning network joins them');
    return [`${STARTUP} answers ${HOSPITAL}`];
  }

  async #snapshot(hospital: Boot): Promise<string[]> {
    await this.#ssh.on(hospital, 'sync');
    await this.#as('hospital', ['volume', 'snapshot', hospital.volume, 'hospital-day1']);
    await this.#ssh.on(hospital, 'echo "written after the snapshot" > /root/later.txt && sync');
    const volume = await this.#as<Volume>('hospital', ['volume', 'show', hospital.volume]);
    return [
      `hospital-day1; the volume itself goes on, with ${(volume.ownBytes / 2 ** 20).toFixed(1)} MiB of its own`,
    ];
  }

  async #release(...held: [project: string, node: string][]): Promise<undefined> {
    for (const [project, node] of held) await this.#as(project, ['release', node, '--delete-volume']);
    const rack = await this.#rig.rackNow();
    equal(
      rack.nodes.map((node) => node.power),
      rack.nodes.map(() => 'off'),
      'the power of the servers',
    );
    return undefined;
  }

  async #checkFiles(moved: Boot): Promise<string[]> {
    equal(
      await this.#ssh.on(moved, 'cat /root/hospital.txt'),
      'patient 42 is well',
      'the file in the snapshot',
    );
    equal(
      await this.#ssh.on(moved, 'ls /root'),
      'hospital.txt',
      'what lies in /root: neither what came later nor what others wrote',
    );
    return ['/root/hospital.txt is there, on other hardware and another firmware'];
  }

  async #checkImage(): Promise<string[]> {
    await this.#operator(['image', 'verify', 'golden']);
    const { sha256 } = await this.#operator<Image>(['image', 'show', 'golden']);
    equal(sha256, this.#sealedHash, 'the hash of the image');
    return [`sha256 ${this.#sealedHash.slice(0, 16)}…, as sealed`];
  }

  async #cleanUp(): Promise<string[]> {
    await this.#release(['hospital', 'node2']);
    await this.#as('hospital', ['image', 'delete', 'hospital-day1']);
    for (const project of ['hospital', 'startup']) {
      await this.#as(project, ['network', 'delete', `${project}-net`]);
      await this.#operator(['project', 'delete', project]);
    }
    await this.#operator(['image', 'delete', 'golden']);
    equal(await this.#operator(['volume', 'list']), [], 'the volumes that are left');
    equal(await this.#operator(['boot', 'list']), [], 'the boots that are left');
    equal(await dhcpHosts(this.#rig.home), [], 'the DHCP entries that are left');
    const ports = await this.#operator<{ name: string; observed: string }[]>([
      'switch',
      'ports',
      this.#rig.rack.switches[0]!.name,
    ]);
    equal(
      ports.map((port) => port.observed),
      ports.map(() => 'closed'),
      'what the switch ports carry',
    );
    return [`${ports.length} ports closed, no volume, no target, no DHCP entry`];
  }
}

async function dhcpHosts(home: string): Promise<string[]> {
  return await readdir(`${home}/service/provisioning/dhcp/hosts`);
}

function describeBoot(boot: Boot, firmware: string): string {
  const phases = boot.phases.map(({ phase, milliseconds }) => `${phase} ${(milliseconds / 1000).toFixed(1)}`);
  return `${boot.node} (${firmware}): ${phases.join(', ')} s`;
}

/** The story's only kind of check. */
function equal(actual: unknown, wanted: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (is === should) return;
  throw new BullionError('internal', 'story_does_not_hold', `${what}: should be ${should}, but is ${is}.`);
}
