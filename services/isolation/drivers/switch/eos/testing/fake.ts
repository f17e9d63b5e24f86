/** eAPI as documented, in front of a fake command line; configuration sessions are taken whole or not at all. */
import { z } from 'zod';
import { dotted, type FakeCli } from '../../cli/testing/fake-cli.ts';
import { formatVlans } from '../../cli/vlan-ranges.ts';
import type { Answered, Asked } from '../../https/testing/server.ts';

const requestSchema = z.strictObject({
  jsonrpc: z.literal('2.0'),
  method: z.literal('runCmds'),
  params: z.strictObject({ version: z.literal(1), cmds: z.array(z.string()), format: z.literal('json') }),
  id: z.string(),
});

export function answerEapi(cli: FakeCli, { path, body }: Asked): Answered {
  if (path !== '/command-api') return { status: 404, body: 'Not Found' };
  const { params, id } = requestSchema.parse(JSON.parse(body));
  const results: unknown[] = [];
  let undo: (() => void) | undefined;
  for (const [index, command] of params.cmds.entries()) {
    try {
      if (index === 0 && command !== 'enable') throw new Error('privileged mode required');
      if (/^configure session \S+ abort$/.test(command) || command === 'enable') results.push({});
      else if (/^configure session \S+$/.test(command)) {
        undo = cli.snapshot();
        results.push({});
      } else if (command === 'commit' && undo !== undefined) {
        undo = undefined;
        results.push({});
      } else if (undo !== undefined) {
        cli.configure(command);
        results.push({});
      } else results.push(show(cli, command));
    } catch (error) {
      const why = (error as Error).message;
      const message = `CLI command ${index + 1} of ${params.cmds.length} '${command}' failed: invalid command`;
      undo?.();
      cli.leave();
      const data = [...results, { errors: [`${why} (at token 0: '${command}')`] }];
      return {
        status: 200,
        body: JSON.stringify({ jsonrpc: '2.0', id, error: { code: 1002, message, data } }),
      };
    }
  }
  // What was not committed does not run.
  undo?.();
  cli.leave();
  return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result: results }) };
}

function show(cli: FakeCli, command: string): unknown {
  if (command === 'show interfaces switchport') {
    return {
      switchports: Object.fromEntries([...cli.ports].map(([name, port]) => [name, switchport(port)])),
    };
  }
  if (command === 'show interfaces counters') {
    const counters = {
      inOctets: 640,
      inUcastPkts: 7,
      inMulticastPkts: 2,
      inBroadcastPkts: 1,
      outOctets: 128,
    };
    const interfaces = [...cli.ports.keys(), 'Management1'].map((name) => [
      name,
      { ...counters, outUcastPkts: 2 },
    ]);
    return { interfaces: Object.fromEntries(interfaces) };
  }
  if (command === 'copy running-config startup-config') {
    cli.save();
    return { messages: ['Copy completed successfully.'] };
  }
  if (command === 'show lldp neighbors detail') return { lldpNeighbors: lldpNeighbors(cli) };
  if (command === 'show mac address-table') {
    return {
      unicastTable: { tableEntries: macTable(cli) },
      multicastTable: { tableEntries: [] },
      disabledMacLearningVlans: [],
    };
  }
  throw new Error('Invalid input');
}

/** Ports without a neighbour are listed too. */
function lldpNeighbors(cli: FakeCli): unknown {
  const seen = [...cli.ports.keys(), 'Management1'].map((name) => {
    const there = cli.servers.get(name)?.neighbour;
    const info = there && {
      chassisIdType: 'macAddress',
      chassisId: dotted(there.chassisId),
      systemName: there.systemName,
      neighborInterfaceInfo: { interfaceIdType: 'macAddress', interfaceId: dotted(there.portId) },
    };
    return [name, { lldpNeighborInfo: info ? [info] : [] }];
  });
  return Object.fromEntries(seen);
}

function macTable(cli: FakeCli): unknown[] {
  const entry = { entryType: 'dynamic', moves: 1, lastMove: 1.5 };
  return [
    ...[...cli.servers].map(([port, { mac, vlan }]) => ({
      ...entry,
      ...{ vlanId: vlan, macAddress: mac, interface: port },
    })),
    { ...entry, vlanId: 1, macAddress: '00:1c:73:00:00:99', interface: 'Cpu', entryType: 'static' },
    { ...entry, vlanId: 1, macAddress: '00:1c:73:00:00:98', interface: 'Vxlan1' },
  ];
}

function switchport(port: FakeCli['ports'] extends Map<string, infer P> ? P : never): unknown {
  if (port.routed) return { enabled: false };
  const allowed = port.allowed.length === 4094 ? 'ALL' : formatVlans(port.allowed) || 'NONE';
  return {
    enabled: true,
    switchportInfo: {
      mode: port.mode,
      accessVlanId: port.access,
      accessVlanName: 'default',
      trunkingNativeVlanId: port.native,
      trunkingNativeVlanName: 'default',
      trunkAllowedVlans: allowed,
      dynamicAllowedVlans: {},
      dynamicTrunkGroups: [],
      staticTrunkGroups: port.extra,
      macLearning: true,
      tpid: '0x8100',
      tpidStatus: true,
    },
  };
}
