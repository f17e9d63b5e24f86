/**
 * The command line of a switch with Cisco's language, in memory: as much of it as a driver should need, and an error
 * for everything else, so that a driver that says something wrong is found out.
 */
import type { Cabled } from '../../contract.ts';
import { parseVlans } from '../vlan-ranges.ts';

export type FakePort = {
  routed: boolean;
  mode: string;
  access: number;
  native: number;
  allowed: number[];
  /** Further `switchport` lines of the configuration. */
  extra: string[];
};

const ALL = parseVlans('1-4094');

export class FakeCli {
  readonly ports = new Map<string, FakePort>();
  readonly vlans = new Set([1]);
  /** Servers that are heard, by port. */
  readonly servers = new Map<string, Cabled>();
  /** What it would start with. */
  saved: string | undefined;
  /** Every configuration line that was taken. */
  readonly log: string[] = [];
  #port: FakePort | undefined;

  /** As out of the box: access ports of VLAN 1. */
  constructor(names: readonly string[]) {
    for (const name of names) {
      this.ports.set(name, { routed: false, mode: 'access', access: 1, native: 1, allowed: ALL, extra: [] });
    }
  }

  /** One line of the configuration mode. Throws with the words of a command line that did not understand. */
  configure(line: string): void {
    this.#take(line);
    this.log.push(line);
  }

  /** Out of every submode. */
  leave(): void {
    this.#port = undefined;
  }

  save(): void {
    this.saved = this.running();
  }

  running(): string {
    return JSON.stringify([...this.ports]);
  }

  cabled(heard: Cabled): void {
    this.servers.set(heard.port, heard);
  }

  /** For what is undone as a whole. */
  snapshot(): () => void {
    const before = structuredClone([...this.ports]);
    const vlans = [...this.vlans];
    return () => {
      this.ports.clear();
      for (const [name, port] of before) this.ports.set(name, port);
      this.vlans.clear();
      for (const vlan of vlans) this.vlans.add(vlan);
    };
  }

  #take(line: string): void {
    const [, name] = /^interface (\S+)$/.exec(line) ?? [];
    const [, vlans] = /^vlan (\S+)$/.exec(line) ?? [];
    if (line === 'exit') {
      this.leave();
      return;
    }
    if (vlans !== undefined) {
      for (const vlan of parse(vlans)) this.vlans.add(vlan);
      return;
    }
    if (name !== undefined) {
      this.#port = this.ports.get(name);
      if (this.#port === undefined) throw new Error('Invalid interface format');
      return;
    }
    const [, what, value] =
      /^switchport (mode|access vlan|trunk native vlan|trunk allowed vlan) (\S+)$/.exec(line) ?? [];
    const port = this.#port;
    if (what === undefined || value === undefined || port === undefined) throw new Error('Invalid command');
    if (port.routed) throw new Error('Command not allowed on a routed port');
    if (what === 'mode' && /^(access|trunk)$/.test(value)) port.mode = value;
    else if (what === 'access vlan') port.access = one(value);
    else if (what === 'trunk native vlan') port.native = one(value);
    else if (what === 'trunk allowed vlan') port.allowed = value === 'none' ? [] : parse(value);
    else throw new Error('Invalid command');
  }
}

function parse(text: string): number[] {
  try {
    const vlans = parseVlans(text);
    if (vlans.length > 0) return vlans;
  } catch {}
  throw new Error('Invalid VLAN');
}

function one(text: string): number {
  const [vlan, ...others] = parse(text);
  if (others.length > 0) throw new Error('Invalid VLAN');
  return vlan!;
}

/** `525400123456` as these makes write it. */
export const dotted = (mac: string): string => mac.replaceAll(':', '').replace(/....(?=.)/g, '$&.');
