/** The rack as its owner writes it: one YAML file, checked before anything is started. */
import { readFile } from 'node:fs/promises';
import { BullionError } from '@bullion/service/errors';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { portName } from './identity.ts';

/** Linux interface names end at 15 characters (IFNAMSIZ), and a port is named NODE-nicN. */
const NODE_NAME_MAX = 10;
const MAX_NODES = 200;
/** Interfaces of the operator's machine; no switch may be called so. */
const RESERVED = ['lo', 'controller', 'mgmt', 'otherdhcp'];

const label = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[a-z](?:[a-z0-9-]{0,${max - 2}}[a-z0-9])?$`),
      `must be 1 to ${max} lower-case letters, digits or "-", beginning with a letter`,
    );

const SizeSchema = z
  .string()
  .regex(/^[1-9]\d{0,5}[MGT]$/, 'must be a size such as 512M, 4G or 1T')
  .transform((text) => Number(text.slice(0, -1)) * { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }[text.at(-1)!]!)
  .describe('bytes');

const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = new RegExp(`^${byte}(?:\\.${byte}){3}/(?:[1-9]|[12]\\d|30)$`);

const NicSchema = z.strictObject({
  switch: z.string().optional().describe('which switch it is plugged into; the first one when left out'),
});

const NodeSchema = z.strictObject({
  name: label(NODE_NAME_MAX),
  firmware: z.enum(['bios', 'uefi']).default('bios'),
  netboot: z
    .enum(['ipxe', 'pxe', 'http', 'http6'])
    .default('ipxe')
    .describe("by the NIC's own iPXE, or by UEFI's PXE, HTTP boot over IPv4, HTTP boot over IPv6"),
  memoryMb: z.int().min(64).max(1_048_576).default(768),
  cpus: z.int().min(1).max(64).default(1),
  cpuModel: z
    .string()
    .regex(/^[A-Za-z0-9._+=,-]+$/, 'must be a CPU model of QEMU')
    .default('max'),
  tpm: z.boolean().default(false),
  disk: SizeSchema.optional(),
  quickBoot: z.boolean().default(false).describe('iPXE does not wait for a person'),
  bmc: z.strictObject({ driver: z.enum(['ipmi', 'redfish']).default('ipmi') }).prefault({}),
  nics: z.array(NicSchema).min(1).max(8).default([{}, {}]),
});

const ControllerSchema = z.strictObject({
  switch: z.string().optional(),
  vlan: z.int().min(1).max(4094),
  address: z.string().regex(ipv4, 'must be an IPv4 address with its prefix, such as 10.10.0.1/24'),
  address6: z.cidrv6('must be an IPv6 address with its prefix, such as fd00:10::1/64').optional(),
  mtu: z.int().min(576).max(9000).default(1500),
});

const address = z.ipv4('must be an IPv4 address');
const OtherDhcpSchema = z.strictObject({
  address: z.string().regex(ipv4, 'must be an IPv4 address with its prefix, such as 10.10.0.2/24'),
  from: address,
  to: address,
});

const RackSchema = z
  .strictObject({
    name: label(20),
    accelerator: z.enum(['auto', 'kvm', 'tcg']).default('auto'),
    switches: z.array(z.strictObject({ name: label(15) })).min(1),
    controller: ControllerSchema,
    otherDhcp: OtherDhcpSchema.optional().describe(
      "a DHCP server on the controller's VLAN, not the operator's",
    ),
    management: z
      .strictObject({
        network: z.string().regex(/^\d+\.\d+\.\d+\.0\/24$/, 'must be a /24 such as 172.31.0.0/24'),
      })
      .prefault({ network: '172.31.0.0/24' }),
    nodes: z.array(NodeSchema).min(1).max(MAX_NODES),
  })
  .superRefine((rack, context) => {
    const taken = new Set(RESERVED);
    const claim = (name: string, path: (string | number)[]) => {
      if (taken.has(name)) {
        context.addIssue({ code: 'custom', path, message: `"${name}" is taken; choose another name` });
      }
      taken.add(name);
    };
    rack.switches.forEach(({ name }, i) => {
      claim(name, ['switches', i, 'name']);
    });
    rack.nodes.forEach((node, i) => {
      claim(node.name, ['nodes', i, 'name']);
      if (node.netboot !== 'ipxe' && node.firmware !== 'uefi') {
        const message = `"${node.netboot}" is for firmware: uefi`;
        context.addIssue({ code: 'custom', path: ['nodes', i, 'netboot'], message });
      }
      for (const n of node.nics.keys()) claim(portName(node.name, n), ['nodes', i, 'name']);
    });
    const plugged = (name: string | undefined, path: (string | number)[]) => {
      if (name === undefined || rack.switches.some((known) => known.name === name)) return;
      const known = rack.switches.map((one) => one.name).join(', ');
      context.addIssue({ code: 'custom', path, message: `there is no switch "${name}"; there is: ${known}` });
    };
    plugged(rack.controller.switch, ['controller', 'switch']);
    rack.nodes.forEach((node, i) => {
      node.nics.forEach((nic, n) => {
        plugged(nic.switch, ['nodes', i, 'nics', n, 'switch']);
      });
    });
  })
  .transform((rack) => {
    const first = rack.switches[0]!.name;
    return {
      ...rack,
      controller: { ...rack.controller, switch: rack.controller.switch ?? first },
      nodes: rack.nodes.map((node) => ({
        ...node,
        nics: node.nics.map((nic) => ({ switch: nic.switch ?? first })),
      })),
    };
  });

export type RackSpec = z.output<typeof RackSchema>;
export type NodeSpec = RackSpec['nodes'][number];

/**
 * Reads and checks a rack's YAML file. Throws `rack_spec_missing` where there is no such file, and
 * `rack_spec_invalid` that lists everything that is wrong, each with its line and its path in the file.
 */
export async function loadSpec(path: string): Promise<RackSpec> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new BullionError('not_found', 'rack_spec_missing', `The rack file ${path} cannot be read.`, {
      hint: 'Name a file such as rack/racks/demo.yaml.',
      cause,
    });
  }
  return parseSpec(text, path);
}

/** The same for text that is at hand; `path` is only named in errors. */
export function parseSpec(text: string, path: string): RackSpec {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems = document.errors.map(
    (error) => `${path}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`,
  );
  if (problems.length > 0) throw invalid(path, problems);
  const result = RackSchema.safeParse(document.toJS());
  if (result.success) return result.data;
  /** The line of the deepest part of the path that the file holds: a missing key has none of its own. */
  const lineOf = (keys: PropertyKey[]): number => {
    for (let depth = keys.length; depth > 0; depth--) {
      const node = document.getIn(keys.slice(0, depth), true) as { range?: [number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  throw invalid(
    path,
    result.error.issues.map((issue) => {
      const at = dotted(issue.path);
      return `${path}:${lineOf(issue.path)}: ${at === '' ? '' : `${at}: `}${issue.message}`;
    }),
  );
}

function invalid(path: string, problems: string[]): BullionError {
  return new BullionError(
    'invalid',
    'rack_spec_invalid',
    `The rack file does not describe a rack:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    { hint: `Correct ${path}; rack/README.md lists what it may hold.`, details: { problems } },
  );
}

const dotted = (keys: PropertyKey[]): string =>
  keys
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
