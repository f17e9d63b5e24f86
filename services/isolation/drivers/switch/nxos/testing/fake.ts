/** NX-API as documented, in front of a fake command line. */
import { z } from 'zod';
import { dotted, type FakeCli } from '../../cli/testing/fake-cli.ts';
import { formatVlans } from '../../cli/vlan-ranges.ts';
import type { Answered, Asked } from '../../https/testing/server.ts';

const requestsSchema = z.array(
  z.strictObject({
    jsonrpc: z.literal('2.0'),
    method: z.enum(['cli', 'cli_ascii']),
    params: z.strictObject({ cmd: z.string(), version: z.literal(1) }),
    id: z.number(),
  }),
);

export function answerNxApi(cli: FakeCli, { path, type, body }: Asked): Answered {
  if (path !== '/ins' || type !== 'application/json-rpc') return { status: 404, body: 'Not Found' };
  const replies: object[] = [];
  let failed = false;
  let configuring = false;
  for (const { method, params, id } of requestsSchema.parse(JSON.parse(body))) {
    try {
      if (params.cmd === 'configure terminal') configuring = true;
      else if (params.cmd === 'end') configuring = false;
      else if (configuring) cli.configure(params.cmd);
      else {
        const result = show(cli, params.cmd, method);
        replies.push({ jsonrpc: '2.0', result, id });
        continue;
      }
      // A configuration command has no body.
      replies.push({ jsonrpc: '2.0', result: null, id });
    } catch (error) {
      const data = { msg: `% ${(error as Error).message}\n` };
      replies.push({ jsonrpc: '2.0', error: { code: -32602, message: 'Invalid params', data }, id });
      failed = true;
      break; // stop-on-error is the default
    }
  }
  cli.leave();
  return { status: failed ? 500 : 200, body: JSON.stringify(replies.length === 1 ? replies[0] : replies) };
}

function show(cli: FakeCli, command: string, method: 'cli' | 'cli_ascii'): unknown {
  if (method === 'cli' && command === 'show interface switchport') return { body: switchports(cli) };
  if (method === 'cli' && command === 'show lldp neighbors detail') return lldpNeighbors(cli);
  if (method === 'cli' && command === 'show mac address-table') return { body: macTable(cli) };
  if (method === 'cli' && command === 'show interface') return { body: interfaces(cli) };
  if (method === 'cli_ascii' && command === 'show running-config interface')
    return { msg: runningConfig(cli) };
  if (method === 'cli' && command === 'copy running-config startup-config') {
    cli.save();
    return null;
  }
  throw new Error('Invalid command');
}

function switchports(cli: FakeCli): unknown {
  return table(
    [...cli.ports].map(([name, port]) =>
      port.routed
        ? { interface: name, switchport: 'Disabled' }
        : {
            interface: name,
            switchport: 'Enabled',
            switchport_monitor: 'Not enabled',
            // The link of every port is down.
            oper_mode: 'down',
            access_vlan: String(port.access),
            access_vlan_name: 'default',
            native_vlan: port.native,
            native_vlan_name: 'default',
            trunk_vlans: formatVlans(port.allowed) || 'none',
          },
    ),
  );
}

function interfaces(cli: FakeCli): unknown {
  const counts = { eth_inbytes: '640', eth_inpkts: 10, eth_outbytes: 128, eth_outpkts: '2' };
  return table([
    { interface: 'mgmt0', vdc_lvl_in_bytes: 7 },
    ...[...cli.ports.keys()].map((name) => ({ interface: name, state: 'down', ...counts })),
  ]);
}

/** Without a neighbour there is no body at all. */
function lldpNeighbors(cli: FakeCli): unknown {
  if (cli.servers.size === 0) return null;
  const row = [...cli.servers].map(([port, { neighbour }]) => ({
    ...{ chassis_type: '4', chassis_id: dotted(neighbour.chassisId), port_type: '3' },
    ...{ l_port_id: port.replace('Ethernet', 'Eth'), port_id: dotted(neighbour.portId), port_desc: 'null' },
    ...{ sys_name: neighbour.systemName, ttl: '112' },
  }));
  return {
    body: {
      TABLE_nbor_detail: { ROW_nbor_detail: row.length === 1 ? row[0] : row },
      neigh_count: row.length,
    },
  };
}

function macTable(cli: FakeCli): unknown {
  const flags = { disp_type: '* ', disp_is_static: 'disabled', disp_age: '0' };
  const own = { ...flags, disp_mac_addr: '0050.56b9.b903', disp_vlan: '-', disp_port: 'sup-eth1(R)' };
  const learned = [...cli.servers].map(([port, { mac, vlan }]) => ({
    ...flags,
    ...{ disp_mac_addr: dotted(mac), disp_vlan: String(vlan), disp_port: port },
  }));
  const row = [own, ...learned];
  return { TABLE_mac_address: { ROW_mac_address: row.length === 1 ? own : row } };
}

/** Defaults are not shown. */
function runningConfig(cli: FakeCli): string {
  const sections = [...cli.ports].map(([name, port]) =>
    [
      `interface ${name}`,
      ...(port.routed ? ['  no switchport'] : []),
      ...(port.mode === 'access' ? [] : [`  switchport mode ${port.mode}`]),
      ...(port.access === 1 ? [] : [`  switchport access vlan ${port.access}`]),
      ...(port.native === 1 ? [] : [`  switchport trunk native vlan ${port.native}`]),
      ...(port.allowed.length === 4094
        ? []
        : [`  switchport trunk allowed vlan ${formatVlans(port.allowed) || 'none'}`]),
      ...port.extra.map((line) => `  switchport ${line}`),
    ].join('\n'),
  );
  return `\n!Command: show running-config interface\nversion 10.2(5) Bios:version\n\n${sections.join('\n\n')}\n\ninterface mgmt0\n  vrf member management\n`;
}

/** A table of one row is that row. */
const table = (rows: object[]) => ({
  TABLE_interface: { ROW_interface: rows.length === 1 ? rows[0] : rows },
});
