/**
 * A machine without a BMC, as a process in a network namespace: while it is off its NIC listens for the magic packet
 * and nothing else answers; while it is on it has an address and a real sshd. `MACHINE` says what it is. Files in its
 * folder are its power button: `shutdown` and `reboot`, which its sshd's users may make, and `hang`, which nobody may.
 * What it is at is shown by such a file too, until it is done.
 */
import { createSocket } from 'node:dgram';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@bullion/service';
import { startSshd } from '../../../switch/ssh/testing/sshd.ts';

export type Machine = {
  readonly folder: string;
  readonly openssh: string;
  readonly device: string;
  /** With its prefix. */
  readonly address: string;
  readonly port: number;
  readonly wakePort: number;
  /** The bytes after the six ones: the MAC sixteen times, and the SecureOn password. */
  readonly wakeHex: string;
  readonly hostKeyPath: string;
  readonly authorizedKey: string;
};

const machine = JSON.parse(process.env.MACHINE!) as Machine;
const file = (name: string) => join(machine.folder, name);
const tell = (power: 'on' | 'off') => writeFileSync(file('power'), power);
let stopSshd: (() => Promise<void>) | undefined;

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await run('ip', args, { timeoutMs: 5000 });
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

async function powerOn(): Promise<void> {
  tell('on');
  await ip('address', 'add', machine.address, 'dev', machine.device);
  const [address] = machine.address.split('/');
  const { folder, openssh, port, hostKeyPath, authorizedKey } = machine;
  const lines = [`ListenAddress ${address}:${port}`];
  stopSshd = await startSshd({ folder, openssh, port, hostKeyPath, authorizedKey, lines });
}

const unplug = () => ip('address', 'del', machine.address, 'dev', machine.device);

/** Sessions end before the network does: who waits for an answer is told that none comes. */
async function shutDown(): Promise<void> {
  await stopSshd?.();
  stopSshd = undefined;
  await unplug();
}

/** What hangs keeps its power, and says nothing any more. */
async function hang(): Promise<void> {
  await unplug();
  await stopSshd?.();
  stopSshd = undefined;
}

let woken = false;
const nic = createSocket('udp4', (packet) => {
  woken ||= packet.toString('hex') === `ffffffffffff${machine.wakeHex}`;
});
tell('off');
nic.bind(machine.wakePort, () => process.stdout.write('listening\n'));

/** Does it while its file is there: as long as that is so, the machine is on its way. */
async function carryOut(order: string, work: () => Promise<void>): Promise<void> {
  writeFileSync(file(order), '');
  await work();
  rmSync(file(order));
}

for (;;) {
  await sleep(30);
  // A NIC has no power over a machine that hangs.
  if (stopSshd === undefined && woken && !existsSync(file('hung'))) await carryOut('wake', powerOn);
  woken = false;
  if (stopSshd === undefined) continue;
  if (existsSync(file('hang'))) {
    writeFileSync(file('hung'), '');
    await carryOut('hang', hang);
  } else if (existsSync(file('shutdown'))) {
    await carryOut('shutdown', async () => {
      await shutDown();
      tell('off');
    });
  } else if (existsSync(file('reboot'))) {
    await carryOut('reboot', async () => {
      await shutDown();
      await sleep(300);
      await powerOn();
    });
  }
}
