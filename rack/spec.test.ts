import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BullionError } from '@bullion/service/errors';
import { loadSpec, parseSpec } from './spec.ts';

const head = `name: r
switches: [{ name: tor1 }]
controller: { vlan: 10, address: 10.10.0.1/24 }
`;

/** The message of the error that this text gives. */
function complaint(text: string): string {
  try {
    parseSpec(text, 'r.yaml');
  } catch (error) {
    assert.equal((error as BullionError).code, 'rack_spec_invalid');
    assert.match((error as BullionError).hint ?? '', /r\.yaml/);
    return (error as BullionError).message;
  }
  throw new Error('it was accepted');
}

test('the demo rack is a rack', async () => {
  const spec = await loadSpec(join(import.meta.dirname, 'racks', 'demo.yaml'));
  assert.deepEqual(
    spec.nodes.map((node) => [node.name, node.firmware, node.tpm, node.nics.length]),
    [
      ['node1', 'bios', false, 2],
      ['node2', 'uefi', true, 2],
    ],
  );
});

test('a server may have a Redfish BMC', async () => {
  const spec = await loadSpec(join(import.meta.dirname, 'racks', 'redfish.yaml'));
  assert.deepEqual(
    spec.nodes.map((node) => node.bmc.driver),
    ['ipmi', 'redfish'],
  );
});

test('what is left out has its default', () => {
  const spec = parseSpec(`${head}nodes: [{ name: a, disk: 4G }]`, 'r.yaml');
  assert.deepEqual(spec.nodes[0], {
    name: 'a',
    firmware: 'bios',
    netboot: 'ipxe',
    memoryMb: 768,
    cpus: 1,
    cpuModel: 'max',
    tpm: false,
    disk: 4 * 2 ** 30,
    quickBoot: false,
    bmc: { driver: 'ipmi' },
    nics: [{ switch: 'tor1' }, { switch: 'tor1' }],
  });
});

test('an error names the file, the line, the path and the remedy', () => {
  const said = complaint(`${head}nodes:\n  - name: a\n  - name: b\n    memoryMb: lots\n`);
  assert.match(said, /r\.yaml:7: nodes\[1\]\.memoryMb: .*number/);
});

test('all errors are told at once', () => {
  const said = complaint(`${head}nodes:\n  - { name: A, firmware: coreboot }\n  - { name: b, size: 4 }\n`);
  assert.match(said, /nodes\[0\]\.name: must be 1 to 10 lower-case/);
  assert.match(said, /nodes\[0\]\.firmware: .*bios.*uefi/);
  assert.match(said, /nodes\[1\]: .*size/);
});

for (const [what, text, pattern] of [
  ['a name given twice', 'nodes: [{ name: a }, { name: a }]', /nodes\[1\]\.name: "a" is taken/],
  [
    'a switch that is not there',
    'nodes: [{ name: a, nics: [{ switch: tor9 }] }]',
    /nics\[0\]\.switch: .*"tor9".*tor1/,
  ],
  ['a node whose ports would have too long a name', 'nodes: [{ name: a2345678901 }]', /nodes\[0\]\.name/],
  ['a missing list', '', /nodes: /],
  ['a disk without a unit', "nodes: [{ name: a, disk: '4' }]", /disk: must be a size such as/],
  ['what is not YAML', 'nodes: [', /r\.yaml:\d+: /],
  [
    'a management network of another size',
    'nodes: [{ name: a }]\nmanagement: { network: 10.0.0.0/8 }',
    /management\.network: must be a \/24/,
  ],
] as const) {
  test(`refused: ${what}`, () => assert.match(complaint(head + text), pattern));
}

test('refused: a controller without an address that a machine can have', () => {
  assert.match(complaint(head.replace('10.10.0.1', '10.10.0.300')), /controller\.address: must be an IPv4/);
  assert.match(complaint(head.replace('vlan: 10', 'vlan: 4095')), /controller\.vlan/);
});

test('refused: an empty file, and a file that is not there', async () => {
  assert.match(complaint(''), /r\.yaml:1/);
  await assert.rejects(loadSpec('/nowhere/r.yaml'), { code: 'rack_spec_missing' });
});

test('a firmware that is to boot by itself is UEFI', () => {
  const nodes = (netboot: string, firmware: string) =>
    `${head}nodes: [{ name: n1, netboot: ${netboot}, firmware: ${firmware} }]\n`;
  for (const netboot of ['pxe', 'http', 'http6']) {
    assert.equal(parseSpec(nodes(netboot, 'uefi'), 'r.yaml').nodes[0]!.netboot, netboot);
    assert.match(complaint(nodes(netboot, 'bios')), /r\.yaml:4: nodes\[0\]\.netboot: .*firmware: uefi/);
  }
});

test("another's DHCP server has an address and a range", () => {
  const text = (other: string) => `${head}otherDhcp: ${other}\nnodes: [{ name: n1 }]\n`;
  const other = { address: '10.10.0.2/24', from: '10.10.0.100', to: '10.10.0.150' };
  assert.deepEqual(parseSpec(text(JSON.stringify(other)), 'r.yaml').otherDhcp, other);
  assert.match(complaint(text(JSON.stringify({ ...other, to: 'x' }))), /otherDhcp\.to/);
});
