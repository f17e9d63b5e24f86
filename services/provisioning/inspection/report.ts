/** What an inspected node reports (node-image/initramfs/lib/inspect.sh): text in sections, as facts. */
import { firstFrame, type Neighbour, readLldp } from './lldp.ts';

export type Facts = {
  system: {
    vendor?: string;
    product?: string;
    serial?: string;
    bios?: string;
    firmware?: 'bios' | 'uefi';
    tpm?: string;
  };
  cpu: { model?: string; sockets: number; threads: number };
  memoryBytes: number;
  disks: { name: string; bytes: number; model?: string; serial?: string; rotational?: boolean }[];
  nics: { name: string; mac: string; link: boolean; megabits?: number; neighbour?: Neighbour }[];
};

export type Section = { kind: string; name: string; values: Map<string, string> };

/** Throws a sentence where the report lacks what every machine has. */
export function readInspection(report: string): Facts {
  const sections = sectionsOf(report);
  const of = (kind: string) => sections.filter((section) => section.kind === kind);
  const one = (kind: string): Section => {
    const [section] = of(kind);
    if (!section) throw new Error(`it has no section "${kind}"`);
    return section;
  };
  const system = one('system').values;
  const cpu = one('cpu').values;
  const firmware = system.get('firmware');
  return {
    system: {
      ...given('vendor', system.get('sys_vendor')),
      ...given('product', system.get('product_name')),
      ...given('serial', system.get('product_serial')),
      ...given('bios', system.get('bios_version')),
      ...(firmware === 'bios' || firmware === 'uefi' ? { firmware } : {}),
      ...given('tpm', system.get('tpm')),
    },
    cpu: {
      ...given('model', cpu.get('model')),
      // A virtual processor may belong to no socket that is told.
      sockets: Math.max(1, count(cpu, 'sockets')),
      threads: count(cpu, 'threads'),
    },
    memoryBytes: count(one('memory').values, 'kibibytes') * 1024,
    disks: of('disk').map(({ name, values }) => ({
      name,
      bytes: count(values, 'sectors') * 512,
      ...given('model', values.get('model')),
      ...given('serial', values.get('serial') ?? values.get('wwid')),
      ...(values.has('rotational') ? { rotational: values.get('rotational') === '1' } : {}),
    })),
    nics: of('nic').flatMap(nicOf),
  };
}

export function sectionsOf(report: string): Section[] {
  const sections: Section[] = [];
  for (const line of report.split('\n')) {
    const [, kind, name] = /^=== ([a-z]+) ?([\w.:-]{0,32})$/.exec(line) ?? [];
    if (kind !== undefined) sections.push({ kind, name: name ?? '', values: new Map() });
    const [, key, value] = /^([a-z_]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined) sections.at(-1)?.values.set(key, printable(value!));
  }
  return sections;
}

/** A frame in base64 is longer than anything else that is told. */
const printable = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 4096);

const given = <Key extends string>(key: Key, value: string | undefined): { [key in Key]?: string } =>
  value ? ({ [key]: value.slice(0, 255) } as { [key in Key]?: string }) : {};

export function count(values: Map<string, string>, key: string): number {
  const value = Number(values.get(key) ?? 0);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`"${values.get(key)}" is no ${key}`);
}

function nicOf({ name, values }: Section): Facts['nics'] {
  const mac = values.get('mac')?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac)) return [];
  // A NIC without a link, and a virtual one, has -1 or nothing.
  const megabits = Number(values.get('speed') ?? 0);
  const frame = firstFrame(Buffer.from(values.get('lldp') ?? '', 'base64'));
  const neighbour = frame && readLldp(frame);
  return [
    {
      name,
      mac,
      link: values.get('carrier') === '1',
      ...(megabits > 0 ? { megabits } : {}),
      ...(neighbour && { neighbour }),
    },
  ];
}
