/**
 * A real IPMI 2.0 BMC for tests: OpenIPMI's ipmi_sim on a loopback address of its own, with a server beside it that
 * is three files (power, boot device, log) and a TCP socket for a serial line.
 */
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, run, spawnBound } from '@bullion/service';
import { sensorCommands } from './sdrs.ts';

/** A loopback address that no other test is likely to use. */
const ADDRESS = `127.${100 + (process.pid % 100)}.${(process.pid >> 8) % 250}.9`;

const EMULATOR = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
sel_enable 0x20 1000 0x0a
${sensorCommands()}
mc_enable 0x20
`;

/** ipmi_sim calls it as `[0xMC] get KEY...` and `[0xMC] set KEY VALUE...`. */
const chassis = (directory: string) => `#!/bin/sh
cd ${directory}
case $1 in 0x*) shift;; esac
verb=$1; shift
if [ "$verb" = get ]; then
  for key; do echo "$key:$(cat "$key")"; done
elif [ "$verb" = set ]; then
  while [ $# -gt 0 ]; do
    case $1 in
      power|boot) echo "$2" > "$1";;
      shutdown) echo 0 > power;;
      reset) echo 1 > power;;
    esac
    shift 2
  done
fi
`;

const configuration = (bmcPort: number, serialPort: number, directory: string) => `name "test"
set_working_mc 0x20
  startlan 1
    addr ${ADDRESS} ${bmcPort}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcd09
  endlan
  chassis_control "${directory}/chassis.sh"
  sol "tcp:${ADDRESS}:${serialPort}" 115200 history=4000
  user 1 true "" "" user 10 none md2 md5 straight
  user 2 true "admin" "correct-horse" admin 10 none md2 md5 straight
  user 3 true "viewer" "correct-horse" user 10 none md2 md5 straight
`;

export class SimulatedBmc {
  readonly settings: { address: string; port: number; username: string; password: string };
  readonly #directory: string;
  readonly #serial: Server;
  #line: Socket | undefined;
  #typed = Buffer.alloc(0);
  #process: ChildProcess | undefined;

  private constructor(directory: string, serial: Server, port: number) {
    this.#directory = directory;
    this.#serial = serial;
    this.settings = { address: ADDRESS, port, username: 'admin', password: 'correct-horse' };
    serial.on('connection', (line) => {
      this.#line = line;
      line.on('error', () => {});
      line.on('data', (chunk) => {
        this.#typed = Buffer.concat([this.#typed, chunk]);
      });
    });
  }

  static async create(): Promise<SimulatedBmc> {
    const directory = await mkdtemp(join(tmpdir(), 'drivers-bmc-'));
    const serial = createServer().listen(0, ADDRESS);
    await once(serial, 'listening');
    const bmc = new SimulatedBmc(directory, serial, await freePort());
    await mkdir(join(directory, 'state'));
    await writeFile(join(directory, 'power'), '0\n');
    await writeFile(join(directory, 'boot'), 'none\n');
    await writeFile(join(directory, 'bmc.emu'), EMULATOR);
    await writeFile(join(directory, 'chassis.sh'), chassis(directory));
    await chmod(join(directory, 'chassis.sh'), 0o755);
    const serialPort = (serial.address() as AddressInfo).port;
    await writeFile(join(directory, 'bmc.conf'), configuration(bmc.settings.port, serialPort, directory));
    try {
      await bmc.start();
      return bmc;
    } catch (error) {
      await bmc[Symbol.asyncDispose]();
      throw error;
    }
  }

  async start(): Promise<void> {
    const files = ['-c', 'bmc.conf', '-f', 'bmc.emu', '-s', 'state'];
    this.#process = spawnBound('ipmi_sim', ['-n', ...files], { cwd: this.#directory, stdio: 'ignore' });
    // Ready when it answers; the presence ping of ipmitool needs no session.
    const { address, port, username, password } = this.settings;
    const probe = [
      '-I',
      'lanplus',
      '-C',
      '3',
      '-N',
      '1',
      '-R',
      '1',
      '-H',
      address,
      '-p',
      String(port),
      '-U',
      username,
      '-E',
    ];
    const options = { timeoutMs: 5000, env: { PATH: process.env.PATH, IPMI_PASSWORD: password } };
    for (let tries = 0; tries < 10; tries++) {
      if ((await run('ipmitool', [...probe, 'mc', 'info'], options)).code === 0) return;
    }
    throw new Error('ipmi_sim does not answer');
  }

  /** As when its power fails: no session is closed. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    if (this.#process !== undefined) await end(this.#process);
  }

  async file(name: 'power' | 'boot'): Promise<string> {
    return (await readFile(join(this.#directory, name), 'utf8')).trim();
  }

  print(text: string): void {
    this.#line?.write(text);
  }

  /**
   * As when the server's process ends; ipmi_sim connects again after ten seconds. Let the line be quiet before:
   * one time in three an ipmi_sim (1.0.13) that has just read something never connects again until it is restarted.
   */
  dropSerialLine(): void {
    this.#line?.destroy();
    this.#line = undefined;
  }

  typed(): Buffer {
    return this.#typed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#line?.destroy();
    this.#serial.close();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, ADDRESS);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
