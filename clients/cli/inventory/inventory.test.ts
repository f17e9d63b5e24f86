import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, describe } from 'node:test';
import { askHil } from './hil.ts';
import type { Inventory } from './inventory.ts';
import { readInventory } from './read.ts';

const folder = mkdtempSync(join(tmpdir(), 'bullion-inventory-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
function file(content: string | object, extension = typeof content === 'string' ? 'csv' : 'json'): string {
  const path = join(folder, `${count++}.${extension}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const read = (...contents: (string | object)[]): Inventory =>
  readInventory(
    contents.map((content) => file(content)),
    { netboxRole: 'server' },
  );
const withoutPlaces = (inventory: Inventory) => inventory.map(({ where, ...node }) => node);

const HEAD =
  'node,firmware,bmc,bmc_address,bmc_user,bmc_password_file,nic,mac,switch,port,meta.rack,bmc.cipherSuite\n';

describe('a table', () => {
  test('has a row a NIC, and what is said of a node in any of them', () => {
    writeFileSync(join(folder, 'n1.secret'), 'geheim\n');
    const inventory = read(
      `\uFEFF${HEAD}# a comment\nn1,uefi,ipmi,10.0.1.1,admin,n1.secret,nic0,52-54-00-00-00-01,tor1,swp1,r7,17\n\nn1,,,,,,nic1,52:54:00:00:00:02,,,,\n`,
    );
    assert.deepEqual(withoutPlaces(inventory), [
      {
        name: 'n1',
        firmware: 'uefi',
        bmc: {
          driver: 'ipmi',
          settings: { address: '10.0.1.1', username: 'admin', password: 'geheim', cipherSuite: '17' },
        },
        nics: [
          { name: 'nic0', mac: '52:54:00:00:00:01', cable: { switch: 'tor1', port: 'swp1' } },
          { name: 'nic1', mac: '52:54:00:00:00:02' },
        ],
        metadata: { rack: 'r7' },
      },
    ]);
  });

  const refused: [string, string, RegExp][] = [
    ['an unknown column', 'node,colour\nn1,red\n', /line 1: There is no column "colour"/],
    ['a row without a node', 'node,nic,mac\n,nic0,52:54:00:00:00:01\n', /line 2: The column "node" is empty/],
    ['half a NIC', 'node,nic,mac\nn1,nic0,\n', /line 2: The column "mac" is empty/],
    ['half a cable', 'node,nic,mac,switch,port\nn1,nic0,52:54:00:00:00:01,tor1,\n', /"port" is empty/],
    ['a bad MAC address', 'node,nic,mac\nn1,nic0,52:54\n', /line 2: "52:54" is not a MAC address/],
    ['a bad name', 'node,nic,mac\nn 1,nic0,52:54:00:00:00:01\n', /node "n 1" cannot be a name/],
    ['another firmware', 'node,firmware\nn1,openfirmware\n', /"openfirmware" is no firmware/],
    ['a row that is too long', 'node,nic\nn1,nic0,x\n', /line 2: Invalid Record Length/],
    ['a quote that does not end', 'node,nic\nn1,"nic0\n', /Quote Not Closed/],
    ['a password file that is not there', 'node,bmc_password_file\nn1,none\n', /none cannot be read/],
    ['nothing', '', /There are no servers/],
    [
      'two opinions of one node',
      'node,firmware\nn1,bios\nn1,uefi\n',
      /line 2 and .* line 3: node "n1" has firmware "bios" here and "uefi" there/,
    ],
    [
      'one MAC address twice',
      'node,nic,mac\nn1,nic0,52:54:00:00:00:01\nn2,nic0,52:54:00:00:00:01\n',
      /the MAC address 52:54:00:00:00:01 is said of n1\/nic0 and of n2\/nic0/,
    ],
    [
      'one port twice',
      'node,nic,mac,switch,port\nn1,a,52:54:00:00:00:01,t,1\nn1,b,52:54:00:00:00:02,t,1\n',
      /the port t\/1 is said of n1\/a and of n1\/b/,
    ],
  ];
  for (const [what, text, message] of refused) {
    test(`with ${what} is refused, with its place`, () => assert.throws(() => read(text), { message }));
  }
});

const page = (results: object[]) => ({ count: results.length, next: null, results });
const DEVICES = page([
  { name: 'n1', role: { slug: 'server' }, oob_ip: { address: '10.0.1.1/24' }, asset_tag: 'A7', serial: '' },
  { name: 'tor1', role: { slug: 'tor' } },
]);
const nic = (device: string, name: string, more: object) => ({
  name,
  device: { name: device },
  mgmt_only: false,
  ...more,
});
const INTERFACES = page([
  nic('n1', 'eno1', {
    mac_address: '52:54:00:00:00:01',
    connected_endpoints: [{ name: 'swp1', device: { name: 'tor1' } }],
  }),
  nic('n1', 'eno2', { primary_mac_address: { mac_address: '52:54:00:00:00:02' }, connected_endpoints: null }),
  nic('n1', 'bmc', { mgmt_only: true, mac_address: '52:54:00:00:00:09' }),
  nic('tor1', 'swp1', { mac_address: '52:54:00:00:00:10' }),
]);

describe('NetBox', () => {
  test('its servers, their cables and BMCs are taken, and a table fills the gaps', () => {
    const table = 'node,bmc,bmc_user,bmc_password\nn1,redfish,root,calvin\n';
    assert.deepEqual(withoutPlaces(read(INTERFACES, DEVICES, table)), [
      {
        name: 'n1',
        bmc: { driver: 'redfish', settings: { address: '10.0.1.1', username: 'root', password: 'calvin' } },
        nics: [
          { name: 'eno1', mac: '52:54:00:00:00:01', cable: { switch: 'tor1', port: 'swp1' } },
          { name: 'eno2', mac: '52:54:00:00:00:02' },
        ],
        metadata: { asset_tag: 'A7' },
      },
    ]);
  });

  test('one page of several is refused: the rest would be missed', () => {
    assert.throws(() => read({ ...DEVICES, count: 900, next: 'https://netbox/?offset=50' }), {
      message: /one page: 2 of 900/,
    });
  });

  test('without devices of the role nothing is taken, and it says so', () => {
    assert.throws(() => read(INTERFACES), { hint: /has the role "server"/ });
  });

  test('a NIC on two ports, and an entry that is none, are refused', () => {
    const ends = [
      { name: 'a', device: { name: 't' } },
      { name: 'b', device: { name: 't' } },
    ];
    const two = page([nic('n1', 'eno1', { mac_address: '52:54:00:00:00:01', connected_endpoints: ends })]);
    assert.throws(() => read(DEVICES, two), { message: /entry 1: n1\/eno1 is cabled to several ports/ });
    assert.throws(() => read(page([{ name: 'eno1', mgmt_only: false }])), { message: /entry 1: device/ });
  });
});

const HIL_NODE = {
  name: 'n1',
  project: null,
  nics: [{ label: 'nic0', macaddr: '52:54:00:00:00:01', switch: 'tor1', port: 'gi1/0/1', networks: {} }],
  metadata: { rack: '"r7"', height: '2' },
};

describe('HIL', () => {
  test('its nodes, ports and metadata are taken', () => {
    assert.deepEqual(withoutPlaces(read({ nodes: [HIL_NODE] })), [
      {
        name: 'n1',
        nics: [{ name: 'nic0', mac: '52:54:00:00:00:01', cable: { switch: 'tor1', port: 'gi1/0/1' } }],
        metadata: { rack: 'r7', height: 2 },
      },
    ]);
  });

  test('is asked node by node, and what it refuses is told', async (t) => {
    const answers: Record<string, unknown> = { '/v0/nodes/all': ['n1'], '/v0/node/n1': HIL_NODE };
    const good = `Basic ${Buffer.from('root:geheim').toString('base64')}`;
    const server = createServer((request, response) => {
      if (request.headers.authorization !== good)
        response.writeHead(401).end('{"type":"AuthorizationError"}');
      else response.end(JSON.stringify(answers[request.url!]));
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { signal } = new AbortController();
    assert.deepEqual(await askHil(`${endpoint}/`, 'root', 'geheim', signal), { nodes: [HIL_NODE] });
    await assert.rejects(askHil(endpoint, 'root', 'x', signal), {
      code: 'hil_failed',
      message: /answers 401/,
    });
  });
});

test('what is neither a table nor of NetBox nor of HIL is refused', () => {
  assert.throws(() => read({ servers: [] }), { message: /neither of NetBox nor of HIL/ });
  assert.throws(() => readInventory([file('{ "nodes": ', 'json')], { netboxRole: 'server' }), {
    message: /begins like JSON and is none/,
  });
  assert.throws(() => readInventory([join(folder, 'none.csv')], { netboxRole: 'server' }), {
    code: 'file_unreadable',
  });
});
