/** The rack, two images and a tenant, and what is asked of them: boots, their ends, their times. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { enter } from '@bullion/rack';
import { ok, type ProvisioningType, type Services } from '@bullion/sdk';
import { Rig } from '../../e2e/rig.ts';
import type { BenchOptions } from '../common/figures.ts';
import { type BenchDisk, makeBenchDisk, must } from './disk.ts';

export type Boot = ProvisioningType['Boot'];
export type Mode = Boot['mode'];

export const NODES = ['node1', 'node2', 'node3', 'node4'] as const;
/** Equal to them. */
export const COPIED_TO = 'node5';
const BOOT_MS = 900_000;

export class Lab {
  readonly rig: Rig;
  readonly tenant: Services;
  readonly operator: Services;
  /** What image `first` was made of. */
  readonly disk: BenchDisk;

  private constructor(rig: Rig, tenant: Services, operator: Services, disk: BenchDisk) {
    this.rig = rig;
    this.tenant = tenant;
    this.operator = operator;
    this.disk = disk;
  }

  /** Images `first` and `second`: equal in kind, different in their data. */
  static async open({ quick, say }: BenchOptions): Promise<Lab> {
    const rig = await Rig.up({
      spec: join(import.meta.dirname, 'rack.yaml'),
      serve: ['--wipe', 'none'],
      onStep: say,
    });
    try {
      await rig.bullion(['rack', 'register', rig.rack.name]);
      const folder = join(rig.home, 'bench');
      await mkdir(folder);
      const disks: BenchDisk[] = [];
      for (const name of ['first', 'second']) {
        say(`makes the image "${name}"`);
        const recipe = quick ? 'image-quick.yaml' : 'image.yaml';
        const dataBytes = (quick ? 0.5 : 4) * 2 ** 30;
        const disk = await makeBenchDisk({ folder, recipe, dataBytes, seed: name, say });
        const { kernel, initrd, manifest } = disk.built;
        const files = ['--kernel', kernel, '--initrd', initrd, '--cmdline', manifest.cmdline];
        await rig.bullion(['image', 'import', name, disk.path, ...files, '--public']);
        disks.push(disk);
      }
      await must('rm', [disks[1]!.path]);
      await rig.bullion(['project', 'create', 'lab']);
      const { token } = await rig.bullion<{ token: string }>(['project', 'token', 'lab']);
      for (const node of [...NODES, COPIED_TO])
        await rig.bullion(['node', 'allocate', node, '--project', 'lab'], token);
      // The same way of asking for both: straight over HTTP, without the start of a command.
      const operator = await rig.bullion<{ token: string }>(['token', 'create', '--label', 'bench']);
      return new Lab(rig, rig.services(token), rig.services(operator.token), disks[0]!);
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** From the request to the operating system's own report. */
  async boot(node: string, image: string, mode: Mode): Promise<Boot> {
    const { provisioning } = this.tenant;
    const body = { node, image, mode, sshAuthorizedKeys: [] };
    const asked = await ok(provisioning.POST('/provisioning/v1/boots', { body }));
    const boot = await this.#settled(asked.id);
    if (boot.state !== 'running') throw new Error(`${node} did not boot ${mode}: ${boot.error?.message}`);
    return boot;
  }

  async end(node: string): Promise<void> {
    const params = { path: { boot: node }, query: { deleteVolume: 'true' } };
    await ok(this.tenant.provisioning.DELETE('/provisioning/v1/boots/{boot}', { params }));
    await this.#settled(node);
  }

  /** The boot when it is `running` or over. */
  async #settled(boot: string): Promise<Boot> {
    const params = { path: { boot } };
    for (let waited = 0; waited < BOOT_MS; waited += 50) {
      const now = await ok(this.tenant.provisioning.GET('/provisioning/v1/boots/{boot}', { params }));
      if (now.state !== 'booting' && now.state !== 'ending') return now;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the boot ${boot} does not come to an end`);
  }

  /** Bytes that the operator's machine has sent to the switch: all that nodes were sent. */
  async sentBytes(): Promise<number> {
    const { interface: leg } = this.rig.rack.controller;
    const [program, ...prefix] = enter(this.rig.rack.name);
    // /sys shows the namespace that it was mounted in; `ip` asks its own.
    const text = await must(program!, [...prefix, 'ip', '-j', '-s', 'link', 'show', 'dev', leg]);
    const [link] = JSON.parse(text) as { stats64: { tx: { bytes: number } } }[];
    return link!.stats64.tx.bytes;
  }

  async close(): Promise<void> {
    await this.rig.close();
  }
}

export const at = (boot: Boot, stage: string): number => {
  const reached = boot.timeline.find((entry) => entry.stage === stage);
  if (!reached) throw new Error(`the boot of ${boot.node} has no stage "${stage}"`);
  return Date.parse(reached.at);
};

/** In seconds. */
export const total = (boot: Boot): number => (at(boot, 'running') - at(boot, 'requested')) / 1000;
