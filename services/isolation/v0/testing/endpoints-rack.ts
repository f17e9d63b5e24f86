/** The administrator's calls: projects, switches, ports, nodes, NICs. */
import type { Endpoint } from './endpoints.ts';
import { MOCK } from './hil.ts';

const mock = { type: MOCK, hostname: 'sw', username: 'u', password: 'p' };
const obmd = { uri: 'http://127.0.0.1:9/node/n1', admin_token: '0'.repeat(32) };
const port = '/switch/sw/port/gi1/0/1';

export const rackCalls = (): Endpoint[] => [
  { call: 'GET /switches', asked: 'GET /switches', gives: ['sw'] },
  {
    call: 'DELETE /switch/<switch>',
    asked: 'DELETE /switch/sw',
    before: [['root', 'DELETE /switch/none', undefined, 'NotFoundError']],
    after: [['root', 'GET /switch/sw', undefined, 'NotFoundError']],
  },
  {
    call: 'PUT /switch/<switch>',
    asked: 'PUT /switch/sw',
    body: mock,
    // Arguments beside the type are the business of the type.
    optional: ['hostname', 'username', 'password'],
    before: [
      ['root', 'PUT /switch/sw', { ...mock, type: 'brocade' }, 'BadArgumentError'],
      ['root', 'PUT /switch/sw', { ...mock, type: MOCK.replace('mock', 'constructor') }, 'BadArgumentError'],
      ['root', 'PUT /switch/sw', { ...mock, hostname: undefined }, 'BadArgumentError'],
      ['root', 'PUT /switch/sw', { ...mock, surprise: 1 }, 'BadArgumentError'],
      ['root', 'PUT /switch/a%2Fb', mock, 'BadArgumentError'],
      ['root', 'PUT /switch/other', { ...mock, hostname: 'nowhere' }, 'SwitchError'],
    ],
    after: [['root', 'PUT /switch/sw', mock, 'DuplicateError']],
  },
  {
    call: 'PUT /switch/<switch>/port/<path:port>',
    asked: `PUT ${port}`,
    before: [['root', 'PUT /switch/none/port/gi1/0/1', undefined, 'NotFoundError']],
    after: [
      ['root', `PUT ${port}`, undefined, 'DuplicateError'],
      ['root', 'DELETE /switch/sw', undefined, 'BlockedError'],
    ],
  },
  {
    call: 'GET /switch/<switch>',
    asked: 'GET /switch/sw',
    gives: { name: 'sw', ports: [{ label: 'gi1/0/1' }], capabilities: ['nativeless-trunk-mode'] },
  },
  {
    call: 'GET /switch/<switch>/port/<path:port>',
    asked: `GET ${port}`,
    gives: {},
    before: [['root', `GET ${port}/0`, undefined, 'NotFoundError']],
  },
  {
    call: 'PUT /project/<project>',
    asked: 'PUT /project/p',
    before: [['root', 'PUT /project/a%20b', undefined, 'BadArgumentError']],
    after: [['root', 'PUT /project/p', undefined, 'DuplicateError']],
  },
  { call: 'GET /projects', asked: 'GET /projects', gives: ['a', 'b', 'p'] },
  {
    call: 'DELETE /project/<project>',
    asked: 'DELETE /project/p',
    after: [['root', 'DELETE /project/p', undefined, 'NotFoundError']],
  },
  {
    call: 'PUT /node/<node>',
    asked: 'PUT /node/n1',
    body: ({ obmd: { uri, adminToken } }) => ({
      obmd: { uri, admin_token: adminToken },
      metadata: { rack: 7 },
    }),
    optional: ['metadata'],
    before: [
      ['root', 'PUT /node/n1', { obmd: { ...obmd, uri: 'ftp://obmd/n1' } }, 'ValidationError'],
      ['root', 'PUT /node/n1', { obmd: { uri: obmd.uri } }, 'ValidationError'],
      ['root', 'PUT /node/n1', { obmd: { ...obmd, more: 1 } }, 'ValidationError'],
      ['root', 'PUT /node/n1', { obmd: { ...obmd, uri: 'http:' } }, 'BadArgumentError'],
      ['root', 'PUT /node/a%20b', { obmd }, 'BadArgumentError'],
    ],
    after: [['root', 'PUT /node/n1', { obmd }, 'DuplicateError']],
  },
  {
    call: 'PUT /node/<node>/nic/<nic>',
    asked: 'PUT /node/n1/nic/em1',
    body: { macaddr: 'DE:AD:BE:EF:20:14' },
    before: [
      ['root', 'PUT /node/n1/nic/em1', { macaddr: 'no address' }, 'BadArgumentError'],
      ['root', 'PUT /node/none/nic/em1', { macaddr: 'DE:AD:BE:EF:20:14' }, 'NotFoundError'],
    ],
    after: [
      ['root', 'PUT /node/n1/nic/em1', { macaddr: 'DE:AD:BE:EF:20:15' }, 'DuplicateError'],
      ['root', 'PUT /node/n1/nic/em2', { macaddr: 'de:ad:be:ef:20:14' }, 'DuplicateError'],
      ['root', 'DELETE /node/n1', undefined, 'BlockedError'],
    ],
  },
  {
    call: 'POST /switch/<switch>/port/<path:port>/connect_nic',
    asked: `POST ${port}/connect_nic`,
    body: { node: 'n1', nic: 'em1' },
    prepare: async ({ root, ok }) => {
      await ok(root('PUT /switch/sw/port/gi1/0/2'));
      await ok(root('PUT /node/n2', { obmd }));
      await ok(root('PUT /node/n2/nic/em1', { macaddr: 'DE:AD:BE:EF:20:20' }));
    },
    before: [
      ['root', `POST ${port}/connect_nic`, { node: 'n1', nic: 'none' }, 'NotFoundError'],
      ['root', `POST ${port}/connect_nic`, { node: 'none', nic: 'em1' }, 'NotFoundError'],
      ['root', 'POST /switch/sw/port/none/connect_nic', { node: 'n1', nic: 'em1' }, 'NotFoundError'],
      ['root', `POST ${port}/detach_nic`, undefined, 'NotFoundError'],
    ],
    after: [
      ['root', `POST ${port}/connect_nic`, { node: 'n1', nic: 'em1' }, 'DuplicateError'],
      ['root', `POST ${port}/connect_nic`, { node: 'n2', nic: 'em1' }, 'DuplicateError'],
      ['root', 'POST /switch/sw/port/gi1/0/2/connect_nic', { node: 'n1', nic: 'em1' }, 'DuplicateError'],
      ['root', `DELETE ${port}`, undefined, 'BlockedError'],
    ],
  },
  {
    call: 'POST /switch/<switch>/port/<path:port>/revert',
    asked: `POST ${port}/revert`,
    gives: isAction,
    before: [
      ['root', 'POST /switch/sw/port/gi1/0/2/revert', undefined, 'NotFoundError'],
      ['root', 'POST /switch/sw/port/none/revert', undefined, 'NotFoundError'],
    ],
  },
  {
    call: 'POST /switch/<switch>/port/<path:port>/detach_nic',
    asked: `POST ${port}/detach_nic`,
    after: [['root', `POST ${port}/detach_nic`, undefined, 'NotFoundError']],
  },
  {
    call: 'DELETE /switch/<switch>/port/<path:port>',
    asked: 'DELETE /switch/sw/port/gi1/0/2',
    after: [['root', 'DELETE /switch/sw/port/gi1/0/2', undefined, 'NotFoundError']],
  },
  {
    call: 'DELETE /node/<node>/nic/<nic>',
    asked: 'DELETE /node/n2/nic/em1',
    after: [['root', 'DELETE /node/n2/nic/em1', undefined, 'NotFoundError']],
  },
  {
    call: 'DELETE /node/<node>',
    prepare: ({ root, ok }) => ok(root('PUT /node/n3', { obmd })),
    asked: 'DELETE /node/n3',
    after: [['root', 'DELETE /node/n3', undefined, 'NotFoundError']],
  },
  {
    call: 'PUT /node/<node>/metadata/<label>',
    asked: 'PUT /node/n1/metadata/tags',
    body: { value: ['a', { b: null }] },
    before: [['root', 'PUT /node/none/metadata/tags', { value: 1 }, 'NotFoundError']],
  },
  {
    call: 'DELETE /node/<node>/metadata/<label>',
    asked: 'DELETE /node/n1/metadata/rack',
    after: [['root', 'DELETE /node/n1/metadata/rack', undefined, 'NotFoundError']],
  },
  {
    call: 'GET /node/<node>',
    asked: 'GET /node/n1',
    as: 'alice',
    prepare: ({ root, ok }) => ok(root(`POST ${port}/connect_nic`, { node: 'n1', nic: 'em1' })),
    gives: {
      name: 'n1',
      project: null,
      nics: [{ label: 'em1', macaddr: 'de:ad:be:ef:20:14', networks: {} }],
      metadata: { tags: '["a",{"b":null}]' },
    },
    before: [['alice', 'GET /node/none', undefined, 'NotFoundError']],
  },
  { call: 'GET /nodes/<is_free>', asked: 'GET /nodes/free', as: 'alice', gives: ['n1', 'n2'] },
  {
    call: 'GET /active_extensions',
    asked: 'GET /active_extensions',
    gives: ['hil.ext.auth.database', 'hil.ext.network_allocators.vlan_pool', 'hil.ext.switches.mock'],
  },
];

/** An id that can be asked for. */
export function isAction(body: unknown): void {
  const { status_id, ...more } = body as { status_id: string };
  if (!/^[0-9a-f-]{36}$/.test(status_id) || Object.keys(more).length > 0)
    throw new Error(JSON.stringify(body));
}
