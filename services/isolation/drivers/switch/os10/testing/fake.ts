/** RESTCONF as OS10 is documented to speak it, in front of interfaces in memory; an error for all that a driver should not say. */
import { z } from 'zod';
import type { Cabled } from '../../contract.ts';
import type { Answered, Asked } from '../../https/testing/server.ts';

export type FakeInterface = {
  name: string;
  type: string;
  enabled?: boolean;
  'dell-interface:mode'?: string;
  'dell-interface:untagged-ports'?: string[];
  'dell-interface:tagged-ports'?: string[];
};

const LISTS = ['dell-interface:untagged-ports', 'dell-interface:tagged-ports'] as const;

const mergeSchema = z.strictObject({
  'ietf-interfaces:interfaces': z.strictObject({
    interface: z.array(
      z.strictObject({
        name: z.string(),
        type: z.literal('iana-if-type:l2vlan').optional(),
        enabled: z.literal(true).optional(),
        'dell-interface:mode': z.literal('MODE_L2HYBRID').optional(),
        'dell-interface:untagged-ports': z.array(z.string()).min(1).optional(),
        'dell-interface:tagged-ports': z.array(z.string()).min(1).optional(),
      }),
    ),
  }),
});
const copySchema = z.strictObject({
  'yuma-netconf:input': z.strictObject({
    target: z.strictObject({ startup: z.tuple([z.null()]) }),
    source: z.strictObject({ running: z.tuple([z.null()]) }),
  }),
});

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class FakeOs10 {
  readonly interfaces = new Map<string, FakeInterface>();
  readonly servers = new Map<string, Cabled>();
  saved: string | undefined;
  /** Why nothing is merged now. */
  refuse: string | undefined;
  /** Every request that changed something: its method, and what of the path is its own. */
  readonly log: string[] = [];

  /** As out of the box: access ports of VLAN 1. */
  constructor(names: readonly string[]) {
    this.#add({ name: 'mgmt1/1/1', type: 'dell-base-interface-common:management' });
    for (const name of names) this.#add({ name, type: 'iana-if-type:ethernetCsmacd' });
    this.#add({ name: 'vlan1', type: 'iana-if-type:l2vlan', 'dell-interface:untagged-ports': [...names] });
  }

  running(): string {
    return JSON.stringify([...this.interfaces.values()]);
  }

  cabled(heard: Cabled): void {
    this.servers.set(heard.port, heard);
  }

  merge(body: string): void {
    if (this.refuse !== undefined) throw new Refused(400, this.refuse);
    for (const one of mergeSchema.parse(JSON.parse(body))['ietf-interfaces:interfaces'].interface) {
      const { name, type } = one;
      if (!this.interfaces.has(name) && type !== undefined) this.#add({ name, type });
      const found = this.interfaces.get(name);
      if (found === undefined) throw new Refused(400, `interface ${name} is not there`);
      if (one['dell-interface:mode'] !== undefined) found['dell-interface:mode'] = one['dell-interface:mode'];
      for (const list of LISTS) for (const port of one[list] ?? []) this.#join(found, list, port);
    }
  }

  leave(vlan: string, list: (typeof LISTS)[number], port: string): void {
    const found = this.interfaces.get(vlan);
    if (!found?.[list]?.includes(port)) throw new Refused(404, 'data-missing');
    found[list] = found[list].filter((name) => name !== port);
    // An access port is never without a VLAN.
    if (list === LISTS[0] && this.interfaces.get(port)?.['dell-interface:mode'] === undefined) {
      this.#join(this.interfaces.get('vlan1')!, list, port);
    }
  }

  #add(one: FakeInterface): void {
    this.interfaces.set(one.name, one);
  }

  #join(vlan: FakeInterface, list: (typeof LISTS)[number], port: string): void {
    const found = this.interfaces.get(port);
    if (found === undefined) throw new Refused(400, `no port ${port}`);
    if (vlan[list]?.includes(port)) throw new Refused(409, 'entry exists');
    const mode = found['dell-interface:mode'];
    if (list === LISTS[1] && mode !== 'MODE_L2HYBRID') throw new Refused(400, `${port} is an access port`);
    // Only one untagged VLAN a port: it is moved.
    if (list === LISTS[0]) {
      for (const other of this.interfaces.values()) {
        if (other[list]) other[list] = other[list].filter((name) => name !== port);
      }
    }
    vlan[list] = [...(vlan[list] ?? []), port];
  }
}

export function answerRestconf(switch_: FakeOs10, { method, path, body }: Asked): Answered {
  try {
    return { status: 200, body: '', ...take(switch_, method, decodeURI(path), body) };
  } catch (error) {
    const status = error instanceof Refused ? error.status : 400;
    const errors = [{ 'error-type': 'application', 'error-message': (error as Error).message }];
    return { status, body: JSON.stringify({ 'ietf-restconf:errors': { error: errors } }) };
  }
}

function take(switch_: FakeOs10, method: string, path: string, body: string): Partial<Answered> {
  const data = path.replace(/^\/restconf\/data\//, '');
  if (method === 'GET') return { body: JSON.stringify(resource(switch_, data)) };
  switch_.log.push(`${method} ${data}`);
  if (method === 'PATCH' && data === 'ietf-interfaces:interfaces') switch_.merge(body);
  else if (method === 'DELETE') {
    const found =
      /^ietf-interfaces:interfaces\/interface=(vlan\d+)\/(dell-interface:(?:un)?tagged-ports)=(.+)$/;
    const [, vlan, list, port] = found.exec(data) ?? [];
    // A slash in a key must be escaped (RFC 8040, section 3.5.3), and decodeURI leaves that alone.
    if (port === undefined || port.includes('/')) throw new Refused(400, `bad path ${data}`);
    switch_.leave(vlan!, list as (typeof LISTS)[number], decodeURIComponent(port));
  } else if (method === 'POST' && path === '/restconf/operations/copy-config') {
    copySchema.parse(JSON.parse(body));
    switch_.saved = switch_.running();
  } else throw new Refused(405, 'method not allowed');
  return { status: 204 };
}

function resource(switch_: FakeOs10, path: string): unknown {
  if (path === 'ietf-interfaces:interfaces') {
    return { 'ietf-interfaces:interfaces': { interface: [...switch_.interfaces.values()] } };
  }
  if (path === 'ietf-interfaces:interfaces-state') {
    const state = [...switch_.interfaces.values()].map(({ name, type }) => ({
      ...{ name, type, 'oper-status': 'down', 'if-index': 17 },
      statistics: {
        'in-octets': '640',
        'in-unicast-pkts': '7',
        'in-multicast-pkts': '3',
        'out-octets': '128',
      },
      'dell-lldp:lldp-rem-neighbor-info': neighbours(switch_.servers.get(name)),
    }));
    return { 'ietf-interfaces:interfaces-state': { interface: state } };
  }
  if (path === 'dell-l2-mac:oper-params') {
    const table = [...switch_.servers].map(([port, { mac, vlan }]) => ({
      ...{ 'mac-addr': mac, vlan: `vlan${vlan}`, 'entry-type': 'dynamic', 'if-name': port },
      ...{ 'dot1d-port-index': 17, status: 'learned' },
    }));
    return { 'dell-l2-mac:oper-params': { 'dynamic-mac-count': table.length, 'fwd-table': table } };
  }
  throw new Refused(404, 'invalid resource');
}

function neighbours(heard: Cabled | undefined): unknown {
  if (heard === undefined) return {};
  const binary = (mac: string) => Buffer.from(mac.replaceAll(':', ''), 'hex').toString('base64');
  const { chassisId, portId, systemName } = heard.neighbour;
  const info = {
    ...{ 'rem-lldp-chassis-id': binary(chassisId), 'rem-lldp-chassis-id-subtype': 'mac-address' },
    ...{ 'rem-lldp-port-id': binary(portId), 'rem-lldp-port-subtype': 'mac-address' },
    ...{ 'rem-system-name': systemName, 'rem-lldp-time-to-live': 120 },
  };
  return { info: [info] };
}
