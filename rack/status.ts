/** What a rack is, as its user sees it; the shape of `bullion rack status --json`. */
import { join } from 'node:path';
import { askControl, type LiveState } from './control.ts';
import { macOf, portName } from './identity.ts';
import { CONTROLLER } from './network.ts';
import {
  type Accelerator,
  type BmcAccount,
  type RackRecord,
  type RackState,
  readRecord,
  recordedNames,
  stateOf,
} from './record.ts';
import type { NodeSpec } from './spec.ts';
import { switchAddress } from './switch.ts';

export type RackStatus = {
  name: string;
  /** `crashed`: nothing of it runs any more, but its files are there; `down` removes them. */
  state: RackState;
  accelerator: Accelerator;
  /** As the host sees it; undefined until it has been started. */
  supervisorPid: number | undefined;
  stateDirectory: string;
  switches: { name: string; driver: 'ovs'; address: string }[];
  controller: {
    switch: string;
    interface: string;
    vlan: number;
    address: string;
    address6: string | undefined;
    mtu: number;
  };
  /** The address of the DHCP server on the controller's VLAN that is not the operator's; undefined where there is none. */
  otherDhcp: string | undefined;
  nodes: NodeStatus[];
};

export type NodeStatus = {
  name: string;
  firmware: NodeSpec['firmware'];
  memoryMb: number;
  cpus: number;
  tpm: boolean;
  diskBytes: number | undefined;
  power: 'on' | 'off';
  /** Reachable on the operator's machine only (`enter`). */
  bmc: NodeSpec['bmc'] & BmcAccount;
  nics: { name: string; mac: string; switch: string; port: string }[];
  consoleLog: string;
};

/** The state of a rack at this moment; undefined when there is none of this name. */
export async function status(name: string): Promise<RackStatus | undefined> {
  const record = readRecord(name);
  if (!record) return undefined;
  const live =
    stateOf(record) === 'up' ? await askControl(join(record.socketDirectory, 'control.sock')) : undefined;
  // Asked for again: it may have crashed meanwhile, which would explain that it did not answer.
  return describe(record, stateOf(record), live);
}

/** Every rack that is up, or has left anything behind. */
export async function list(): Promise<RackStatus[]> {
  const all = await Promise.all(recordedNames().map(status));
  return all.filter((one) => one !== undefined);
}

function describe(record: RackRecord, state: RackState, live: LiveState | undefined): RackStatus {
  const { spec } = record;
  return {
    name: record.name,
    state,
    accelerator: record.accelerator,
    supervisorPid: record.supervisor?.pid,
    stateDirectory: record.stateDirectory,
    switches: spec.switches.map(({ name }) => ({
      name,
      driver: 'ovs' as const,
      address: switchAddress(record.socketDirectory),
    })),
    controller: {
      switch: spec.controller.switch,
      interface: CONTROLLER,
      vlan: spec.controller.vlan,
      address: spec.controller.address,
      address6: spec.controller.address6,
      mtu: spec.controller.mtu,
    },
    otherDhcp: spec.otherDhcp?.address,
    nodes: spec.nodes.map((node) => ({
      name: node.name,
      firmware: node.firmware,
      memoryMb: node.memoryMb,
      cpus: node.cpus,
      tpm: node.tpm,
      diskBytes: node.disk,
      power: live?.power[node.name] ?? 'off',
      bmc: { driver: node.bmc.driver, ...record.bmcs[node.name]! },
      nics: node.nics.map((nic, i) => ({
        name: `nic${i}`,
        mac: macOf(spec.name, node.name, i),
        switch: nic.switch,
        port: portName(node.name, i),
      })),
      consoleLog: consoleFile(record, node.name),
    })),
  };
}

/** Every byte that the server sent over its serial line since it was last powered on. */
export const consoleFile = (record: RackRecord, node: string): string =>
  join(record.stateDirectory, 'nodes', node, 'console.log');
