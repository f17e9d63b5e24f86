/** A DHCP server that is not ours: dnsmasq on a machine of its own, cabled to the bridge. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { end } from '@bullion/service';
import { SimulatedNode } from './simulated-node.ts';

export class OtherDhcp implements AsyncDisposable {
  readonly #machine: SimulatedNode;
  readonly #dnsmasq: ChildProcess;

  private constructor(machine: SimulatedNode, dnsmasq: ChildProcess) {
    this.#machine = machine;
    this.#dnsmasq = dnsmasq;
  }

  /** `directives` say what it offers, as dnsmasq's configuration file does. `address` has its prefix. */
  static async start(options: {
    bridge: string;
    folder: string;
    address: string;
    address6?: string;
    directives: string[];
  }): Promise<OtherDhcp> {
    const { bridge, folder, address, address6, directives } = options;
    const machine = await SimulatedNode.plug({ name: 'other', mac: '52:54:00:ff:ff:01', bridge, folder });
    await machine.must('ip', ['address', 'add', address, 'dev', 'eth0']);
    if (address6) await machine.must('ip', ['address', 'add', address6, 'dev', 'eth0', 'nodad']);
    const fixed = [
      'port=0',
      'interface=eth0',
      'bind-interfaces',
      'no-ping',
      'leasefile-ro',
      'log-facility=-',
    ];
    const words = [...fixed, ...directives].map((directive) => `--${directive}`);
    const flags = ['--conf-file=/dev/null', '--keep-in-foreground', '--user=', '--group=', '--pid-file='];
    const dnsmasq = machine.spawn('dnsmasq', [...flags, ...words]);
    const said: string[] = [];
    const lines = createInterface({ input: dnsmasq.stderr! });
    const up = new Promise<void>((resolve) =>
      lines.on('line', (line) => {
        said.push(line);
        if (line.includes('started, version')) resolve();
      }),
    );
    const gone = once(dnsmasq, 'exit').then(() => Promise.reject(new Error(said.join('\n'))));
    await Promise.race([up, gone]);
    gone.catch(() => {});
    return new OtherDhcp(machine, dnsmasq);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#dnsmasq);
    await this.#machine.unplug();
  }
}
