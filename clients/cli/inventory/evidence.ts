/**
 * What is known of where a NIC's cable really goes, from two witnesses: the switch, which learned the NIC's address at a
 * port, and the server, whose inspection heard the switch by LLDP.
 */
import type { IsolationType } from '@bullion/sdk';
import type { Cable } from './inventory.ts';

export type Heard = {
  switch: string;
  port: string;
  registered: boolean;
  addresses: readonly string[] | null;
};
export type Facts = IsolationType['Facts'];

export class Evidence {
  readonly #ports: readonly Heard[];

  constructor(ports: readonly Heard[]) {
    this.#ports = ports;
  }

  /**
   * Where the NIC was met; undefined where nobody says. An address is learned at every port on its way, so the port
   * that has the fewest neighbours is its own; where two are as near, neither is believed.
   */
  of(mac: string, facts: Facts | undefined): Cable | undefined {
    return this.#byLldp(mac, facts) ?? this.#byAddress(mac);
  }

  #byAddress(mac: string): Cable | undefined {
    const met = this.#ports
      .flatMap((port) => (port.addresses?.includes(mac) ? [{ ...port, met: port.addresses.length }] : []))
      .sort((a, b) => a.met - b.met);
    const [first, second] = met;
    if (!first || second?.met === first.met) return undefined;
    return { switch: first.switch, port: first.port };
  }

  /** A switch that tells no name is known by its ports: where only one has a port of that name, it is that. */
  #byLldp(mac: string, facts: Facts | undefined): Cable | undefined {
    const neighbour = facts?.nics.find((nic) => nic.mac === mac)?.neighbour;
    if (!neighbour) return undefined;
    const named = this.#ports.filter(({ port }) => port === neighbour.portId);
    const own = named.filter((port) => port.switch === neighbour.systemName);
    const [only, ...others] = own.length > 0 ? own : named;
    return only && others.length === 0 ? { switch: only.switch, port: only.port } : undefined;
  }
}
