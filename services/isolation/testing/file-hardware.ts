/**
 * A switch and BMCs whose state is a file: hardware that outlives the process which is killed. Calls fail at random,
 * before or after they took effect.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BmcDriver } from '../drivers/bmc/driver.ts';
import { bmcFailed } from '../drivers/bmc/errors.ts';
import type { SwitchDriver } from '../drivers/switch/driver.ts';
import { switchFailed } from '../drivers/switch/errors.ts';
import type { PortConfig, PortState } from '../drivers/switch/port.ts';

export type Hardware = { ports: Record<string, PortState>; power: Record<string, 'on' | 'off'> };

const OUT_OF_THE_BOX: PortState = { unknown: 'it carries every VLAN', code: 'port_carries_all_vlans' };

export function readHardware(path: string): Hardware {
  return JSON.parse(readFileSync(path, 'utf8')) as Hardware;
}

export function writeHardware(path: string, hardware: Hardware): void {
  writeFileSync(`${path}.new`, JSON.stringify(hardware));
  renameSync(`${path}.new`, path);
}

/** `failures` is the share of calls that fail. */
export function fileHardware(
  path: string,
  failures: number,
): { switchDriver: SwitchDriver; bmcDriver: BmcDriver } {
  const change = (write: (hardware: Hardware) => void) => {
    const hardware = readHardware(path);
    write(hardware);
    writeHardware(path, hardware);
  };
  const flaky = async <Result>(error: () => Error, work: () => Result): Promise<Result> => {
    await sleep(Math.random() * 5);
    if (Math.random() < failures / 2) throw error();
    const result = work();
    if (Math.random() < failures / 2) throw error();
    return result;
  };
  const switchBroke = () => switchFailed(path, 'at random');
  const bmcBroke = () => bmcFailed(path, 'answer', 'at random');
  const node = (settings: unknown) => (settings as { node: string }).node;

  const switchDriver: SwitchDriver = {
    type: 'file',
    capabilities: {
      tagged: true,
      nativelessTrunk: true,
      isolatedPorts: true,
      saveConfig: false,
      portCounters: false,
    },
    settingsSchema: z.strictObject({}),
    secretSettings: [],
    portNameSchema: z.string(),
    async connect() {
      return {
        listPorts: async () => Object.keys(readHardware(path).ports),
        read: (ports) =>
          flaky(switchBroke, () => {
            const now = readHardware(path).ports;
            return new Map(ports.map((port) => [port, now[port] ?? OUT_OF_THE_BOX]));
          }),
        apply: (changes: ReadonlyMap<string, PortConfig>) =>
          flaky(switchBroke, () => {
            change((hardware) => Object.assign(hardware.ports, Object.fromEntries(changes)));
            return new Map();
          }),
        close: async () => {},
      };
    },
  };
  const bmcDriver: BmcDriver = {
    type: 'file',
    capabilities: { powerActions: ['on', 'off'], bootDevices: [], persistentBoot: false, console: false },
    settingsSchema: z.strictObject({ node: z.string() }),
    secretSettings: [],
    powerState: (settings) => flaky(bmcBroke, () => readHardware(path).power[node(settings)] ?? 'off'),
    setPower: (settings, action) =>
      flaky(bmcBroke, () => change(({ power }) => (power[node(settings)] = action === 'off' ? 'off' : 'on'))),
    setBootDevice: async () => {},
    openConsole: async () => ({
      output: new PassThrough(),
      write: () => {},
      close: async () => {},
      closed: Promise.resolve(),
    }),
  };
  return { switchDriver, bmcDriver };
}
