/**
 * The language in which ipmi_sim asks for power and boot devices (OpenIPMI, `chassis_control`):
 * `NODE get KEY...` is answered by a line `KEY:VALUE` each, `NODE set KEY VALUE...` by none.
 * `done` or `error REASON` ends an answer.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { messageOf } from '@bullion/service/errors';

/** ipmi_sim's names: `default` is the disk. It does not tell whether a choice is for once or for good. */
export const BOOT_DEVICES = ['none', 'pxe', 'default', 'cdrom', 'bios'] as const;
export type BootDevice = (typeof BOOT_DEVICES)[number];

/** What a BMC can do with its server. */
export type Chassis = {
  readonly power: 'on' | 'off';
  readonly bootDevice: BootDevice;
  /** Whether the boot device counts for the next boot only. */
  readonly bootOnce: boolean;
  powerOn(): Promise<void>;
  powerOff(): Promise<void>;
  reset(): Promise<void>;
  /** Presses the power button; the server's system decides what follows. */
  shutdown(): Promise<void>;
  /** Holds until it is changed, or with `once` until the server has begun to boot from it. */
  setBootDevice(device: BootDevice, once?: boolean): Promise<void>;
};

/** Carries out one request; returns the lines of its answer. Throws on words it does not know. */
export async function obey(chassis: Chassis, words: readonly string[]): Promise<string[]> {
  const [verb, ...rest] = words;
  if (verb === 'get') return rest.map((key) => `${key}:${value(chassis, key)}`);
  // `identify` (two numbers) is the light on the front; there is none.
  if (verb === 'check' || (verb === 'set' && rest[0] === 'identify')) return [];
  if (verb !== 'set' || rest.length % 2 !== 0)
    throw new Error(`cannot read the request "${words.join(' ')}"`);
  for (let i = 0; i < rest.length; i += 2) await assign(chassis, rest[i]!, rest[i + 1]!);
  return [];
}

function value(chassis: Chassis, key: string): string {
  if (key === 'power') return chassis.power === 'on' ? '1' : '0';
  if (key === 'boot') return chassis.bootDevice;
  throw new Error(`"${key}" cannot be read`);
}

async function assign(chassis: Chassis, key: string, to: string): Promise<void> {
  switch (key) {
    case 'power':
      return to === '1' ? chassis.powerOn() : chassis.powerOff();
    case 'reset':
      return chassis.reset();
    case 'shutdown':
      return chassis.shutdown();
    case 'boot': {
      const device = BOOT_DEVICES.find((known) => known === to);
      if (!device) throw new Error(`there is no boot device "${to}"`);
      return chassis.setBootDevice(device);
    }
    default:
      throw new Error(`"${key}" cannot be set`);
  }
}

/** Listens on the namespace's loopback, which no frame from a switch reaches. */
export function serveChassis(find: (node: string) => Chassis | undefined, port: number): Server {
  const answer = async (socket: Socket, line: string) => {
    const [node = '', ...words] = line.trim().split(/\s+/);
    try {
      const chassis = find(node);
      if (!chassis) throw new Error(`there is no server "${node}"`);
      for (const said of await obey(chassis, words)) socket.write(`${said}\n`);
      socket.end('done\n');
    } catch (error) {
      console.log(`BMC of ${node}: "${words.join(' ')}" failed: ${messageOf(error)}`);
      socket.end(`error ${messageOf(error).split('\n')[0]}\n`);
    }
  };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface(socket).once('line', (line) => void answer(socket, line));
  });
  return server.listen(port, '127.0.0.1');
}
