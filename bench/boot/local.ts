/**
 * Boots from local disks without any service in their way: the bench puts the image and a place to report to onto the disks
 * of the rack, and switches the servers on. What they report is heard on the operator's machine.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enter } from '@bullion/rack';
import { isolationOperation, ok, settle } from '@bullion/sdk';
import { end, spawnBound } from '@bullion/service';
import { must, writeInto } from './disk.ts';
import { type Lab, NODES } from './lab.ts';

const PORT = 8098;
const BOOT_MS = 600_000;
const NETWORK = 'provisioning';
/** On the provisioning network, where no boot gets one: those are given out from below. */
const addressOf = (node: string) => `10.10.0.${240 + NODES.indexOf(node as never)}`;

export class LocalBoots {
  readonly #lab: Lab;
  readonly #listener: ChildProcess;
  readonly #heard = new Map<string, () => void>();

  private constructor(lab: Lab, listener: ChildProcess) {
    this.#lab = lab;
    this.#listener = listener;
    createInterface({ input: listener.stdout! }).on('line', (node) => this.#heard.get(node)?.());
  }

  /** Writes the image to every node's disk. The nodes are off. */
  static async prepare(lab: Lab): Promise<LocalBoots> {
    const { rack, home } = lab.rig;
    for (const node of NODES) {
      const path = join(rack.stateDirectory, 'nodes', node, 'disk.img');
      const { diskBytes, nics } = rack.nodes.find(({ name }) => name === node)!;
      await must('dd', [`if=${lab.disk.path}`, `of=${path}`, 'bs=1M', 'conv=sparse,notrunc', 'status=none']);
      await truncate(path, diskBytes);
      const word = {
        hostname: node,
        nic: `${nics[0]!.mac} ${addressOf(node)}/24`,
        'report-url': `http://${rack.controller.address.split('/')[0]}:${PORT}/${node}`,
      };
      const folder = '/var/lib/bullion';
      const commands = [`mkdir ${folder}`, `mkdir ${folder}/boot`];
      for (const [name, text] of Object.entries(word)) {
        await writeFile(join(home, `word-${name}`), `${text}\n`);
        commands.push(`write ${join(home, `word-${name}`)} ${folder}/boot/${name}`);
      }
      await writeInto({ path, rootOffset: lab.disk.rootOffset }, commands);
      for (const name of Object.keys(word)) await rm(join(home, `word-${name}`));
    }
    const [program, ...prefix] = enter(rack.name);
    const script = join(import.meta.dirname, 'reports.ts');
    const listener = spawnBound(program!, [...prefix, process.execPath, script, String(PORT)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(listener.stdout!, 'data');
    return new LocalBoots(lab, listener);
  }

  /** Switches these nodes on at once; the seconds until each has reported. They are off then. */
  async boot(nodes: readonly string[]): Promise<number[]> {
    for (const node of nodes) await this.#cable(node, true);
    try {
      return await Promise.all(nodes.map((node) => this.#bootOne(node)));
    } finally {
      for (const node of nodes) await this.#power(node, 'off');
      for (const node of nodes) await this.#cable(node, false);
    }
  }

  async #bootOne(node: string): Promise<number> {
    const reported = new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${node} did not report from its own disk`)), BOOT_MS);
      this.#heard.set(node, () => {
        clearTimeout(late);
        resolve();
      });
    });
    const begun = performance.now();
    await this.#power(node, 'on');
    await reported;
    return (performance.now() - begun) / 1000;
  }

  /** Plugs it into the network that it reports by, with its disk as boot device; or takes both back. */
  async #cable(node: string, on: boolean): Promise<void> {
    const { isolation } = this.#lab.operator;
    const params = { path: { node, nic: 'nic0', network: NETWORK } };
    const route = '/isolation/v1/nodes/{node}/nics/{nic}/networks/{network}';
    const { operation } = await ok(
      on ? isolation.PUT(route, { params, body: { mode: 'native' } }) : isolation.DELETE(route, { params }),
    );
    await settle(isolationOperation(this.#lab.operator), operation);
    if (!on) return;
    const body = { device: 'disk' as const, persistent: true };
    await ok(isolation.PUT('/isolation/v1/nodes/{node}/boot-device', { params: { path: { node } }, body }));
  }

  async #power(node: string, action: 'on' | 'off'): Promise<void> {
    const params = { path: { node } };
    await ok(
      this.#lab.operator.isolation.PUT('/isolation/v1/nodes/{node}/power', { params, body: { action } }),
    );
  }

  async close(): Promise<void> {
    await end(this.#listener);
  }
}
