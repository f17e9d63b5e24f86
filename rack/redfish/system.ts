/** Systems/1: the server as a Redfish BMC shows it, with its power and what it boots from (DSP0268). */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { BootDevice, Chassis } from '../chassis.ts';
import { RedfishError } from './messages.ts';
import { checked, collection, type Fields, link, NO_CONTENT, parameters, type Resource } from './resource.ts';

/** What is written on the box. */
export type ServerFacts = {
  name: string;
  uuid: string;
  serial: string;
  firmware: 'bios' | 'uefi';
  memoryMb: number;
  cpus: number;
  /** Of its NICs, the one that boots first. */
  macs: readonly string[];
};

export const SYSTEM = '/redfish/v1/Systems/1';
const NICS = `${SYSTEM}/EthernetInterfaces`;
const RESET = `${SYSTEM}/Actions/ComputerSystem.Reset`;

/** Every type that a BMC of this make carries out; an NMI would need a system that heeds it. */
const RESET_TYPES = ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle'] as const;
type ResetType = (typeof RESET_TYPES)[number];

/** How long the power stays off in a power cycle. */
const CYCLE_MS = 500;

/** `UefiHttp` is a network boot like `Pxe`: the NIC's iPXE speaks both, and the network decides. */
const DEVICES = {
  None: 'none',
  Pxe: 'pxe',
  UefiHttp: 'pxe',
  Hdd: 'default',
  Cd: 'cdrom',
} as const satisfies Record<string, BootDevice>;
type Target = keyof typeof DEVICES;
type Boot = { target: Target; enabled: 'Disabled' | 'Once' | 'Continuous'; mode: 'UEFI' | 'Legacy' };

export class System {
  readonly #facts: ServerFacts;
  readonly #chassis: Chassis;
  /** As it was last written; whether it still holds, the chassis knows. */
  #boot: Boot;

  constructor(facts: ServerFacts, chassis: Chassis) {
    this.#facts = facts;
    this.#chassis = chassis;
    this.#boot = { target: 'None', enabled: 'Disabled', mode: facts.firmware === 'uefi' ? 'UEFI' : 'Legacy' };
  }

  resources(): Record<string, Resource> {
    const { macs } = this.#facts;
    const nics = macs.map((_, i) => `${NICS}/nic${i}`);
    return {
      '/redfish/v1/Systems': { get: () => collection('/redfish/v1/Systems', 'ComputerSystem', [SYSTEM]) },
      [SYSTEM]: { get: () => this.#describe(), patch: (body) => this.#patch(body) },
      [RESET]: { post: (body) => this.#reset(body) },
      [NICS]: { get: () => collection(NICS, 'EthernetInterface', nics) },
      ...Object.fromEntries(
        macs.map((mac, i) => [nics[i]!, { get: () => ethernetInterface(nics[i]!, `nic${i}`, mac) }]),
      ),
    };
  }

  #describe(): Fields {
    const { name, uuid, serial, memoryMb, cpus } = this.#facts;
    const { target, enabled, mode } = this.#override();
    const power = this.#chassis.power;
    return {
      ...link(SYSTEM),
      '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem',
      Id: '1',
      Name: name,
      HostName: name,
      SystemType: 'Physical',
      Manufacturer: 'Bullion',
      Model: 'Virtual server',
      SerialNumber: serial,
      UUID: uuid,
      PowerState: power === 'on' ? 'On' : 'Off',
      Status: { State: power === 'on' ? 'Enabled' : 'StandbyOffline', Health: 'OK' },
      ProcessorSummary: { Count: cpus },
      MemorySummary: { TotalSystemMemoryGiB: memoryMb / 1024 },
      Boot: {
        BootSourceOverrideEnabled: enabled,
        'BootSourceOverrideEnabled@Redfish.AllowableValues': ['Disabled', 'Once', 'Continuous'],
        BootSourceOverrideTarget: target,
        'BootSourceOverrideTarget@Redfish.AllowableValues': this.#targets(),
        BootSourceOverrideMode: mode,
        'BootSourceOverrideMode@Redfish.AllowableValues': ['UEFI', 'Legacy'],
      },
      EthernetInterfaces: link(NICS),
      Links: { Chassis: [link('/redfish/v1/Chassis/1')], ManagedBy: [link('/redfish/v1/Managers/1')] },
      Actions: {
        '#ComputerSystem.Reset': { target: RESET, 'ResetType@Redfish.AllowableValues': RESET_TYPES },
      },
    };
  }

  /** An override for once is over when the server has booted from it. */
  #override(): Boot {
    if (this.#boot.enabled === 'Once' && !this.#chassis.bootOnce) {
      this.#boot = { ...this.#boot, target: 'None', enabled: 'Disabled' };
    }
    return this.#boot;
  }

  #targets(): Target[] {
    const all = Object.keys(DEVICES) as Target[];
    return all.filter((target) => target !== 'UefiHttp' || this.#facts.firmware === 'uefi');
  }

  async #patch(body: Fields): Promise<void> {
    const schema = z.strictObject({
      Boot: z
        .strictObject({
          BootSourceOverrideTarget: z.enum(this.#targets()),
          BootSourceOverrideEnabled: z.enum(['Disabled', 'Once', 'Continuous']),
          // Recorded only: a server boots with the firmware that it was delivered with.
          BootSourceOverrideMode: z.enum(['UEFI', 'Legacy']),
        })
        .partial()
        .optional(),
    });
    const { Boot: wanted } = checked(schema, body, this.#describe());
    if (!wanted) return;
    const { target, enabled, mode } = this.#override();
    const boot: Boot = {
      target: wanted.BootSourceOverrideTarget ?? target,
      enabled: wanted.BootSourceOverrideEnabled ?? enabled,
      mode: wanted.BootSourceOverrideMode ?? mode,
    };
    const off = boot.enabled === 'Disabled' || boot.target === 'None';
    await this.#chassis.setBootDevice(off ? 'none' : DEVICES[boot.target], boot.enabled === 'Once');
    this.#boot = off ? { ...boot, enabled: 'Disabled' } : boot;
  }

  async #reset(body: Fields) {
    const { ResetType } = parameters(z.strictObject({ ResetType: z.enum(RESET_TYPES) }), body);
    await this.#carryOut(ResetType);
    return NO_CONTENT;
  }

  async #carryOut(type: ResetType): Promise<void> {
    const chassis = this.#chassis;
    if (type === 'On') return chassis.powerOn();
    if (type === 'ForceOff') return chassis.powerOff();
    if (chassis.power === 'off') throw new RedfishError('ResourceInStandby');
    if (type === 'GracefulShutdown') return chassis.shutdown();
    if (type === 'ForceRestart') return chassis.reset();
    await chassis.powerOff();
    await sleep(CYCLE_MS);
    await chassis.powerOn();
  }
}

function ethernetInterface(path: string, id: string, mac: string): Fields {
  return {
    ...link(path),
    '@odata.type': '#EthernetInterface.v1_9_0.EthernetInterface',
    Id: id,
    Name: id,
    MACAddress: mac,
    PermanentMACAddress: mac,
    InterfaceEnabled: true,
    Status: { State: 'Enabled', Health: 'OK' },
  };
}
