/** A tenant's calls: its nodes, its networks, what is on them, the power. */
import assert from 'node:assert/strict';
import type { Endpoint } from './endpoints.ts';
import { isAction } from './endpoints-rack.ts';
import type { Answer } from './hil.ts';

const nic = '/node/n1/nic/em1';
const connect = `POST ${nic}/connect_network`;
const own = { owner: 'a', access: 'a', net_id: '' };
let action = '';

const sentOn =
  (operation: string) =>
  (_: unknown, { headers, text }: Answer) => {
    assert.equal(text, '');
    assert.match(headers.location!, new RegExp(`^/v0/obm/n1/${operation}\\?token=[\\w-]{20,}$`));
  };
const power = (method: string, operation: string, more: Partial<Endpoint> = {}): Endpoint => ({
  call: `${method} /node/<node>/${operation}`,
  asked: `${method} /node/n1/${operation}`,
  as: 'alice',
  stranger: 'NotFoundError',
  status: 307,
  gives: sentOn(operation),
  before: [['root', `${method} /node/n2/${operation}`, more.body, 'BlockedError']],
  ...more,
});

export const tenantCalls = (): Endpoint[] => [
  {
    call: 'POST /project/<project>/connect_node',
    asked: 'POST /project/a/connect_node',
    body: { node: 'n1' },
    as: 'alice',
    stranger: 'NotFoundError',
    before: [
      ['alice', 'POST /project/a/connect_node', { node: 'none' }, 'NotFoundError'],
      ['alice', 'POST /project/none/connect_node', { node: 'n1' }, 'NotFoundError'],
    ],
    after: [
      ['alice', 'POST /project/a/connect_node', { node: 'n1' }, 'BlockedError'],
      // As if it were not there: whose it is, is nobody's business.
      ['bob', 'POST /project/b/connect_node', { node: 'n1' }, 'NotFoundError'],
      ['bob', 'GET /node/n1', undefined, 'NotFoundError'],
      ['root', `DELETE ${nic}`, undefined, 'BlockedError'],
      ['root', 'DELETE /node/n1', undefined, 'BlockedError'],
      ['root', 'DELETE /project/a', undefined, 'BlockedError'],
      ['root', 'POST /switch/sw/port/gi1/0/1/detach_nic', undefined, 'BlockedError'],
    ],
  },
  {
    call: 'GET /project/<project>/nodes',
    asked: 'GET /project/a/nodes',
    as: 'alice',
    stranger: 'NotFoundError',
    gives: ['n1'],
  },
  {
    call: 'PUT /network/<network>',
    asked: 'PUT /network/net',
    body: own,
    as: 'alice',
    stranger: 'NotFoundError',
    before: [
      ['alice', 'PUT /network/net', { ...own, access: 'b' }, 'BadArgumentError'],
      ['alice', 'PUT /network/net', { ...own, access: '' }, 'BadArgumentError'],
      ['alice', 'PUT /network/net', { ...own, net_id: '5' }, 'BadArgumentError'],
      ['alice', 'PUT /network/net', { ...own, owner: 'admin' }, 'AuthorizationError'],
      ['alice', 'PUT /network/a%20b', own, 'BadArgumentError'],
      ['root', 'PUT /network/net', { owner: 'admin', access: '', net_id: 'x' }, 'BadArgumentError'],
      ['root', 'PUT /network/net', { owner: 'admin', access: '', net_id: '4095' }, 'BadArgumentError'],
      ['root', 'PUT /network/net', { owner: 'admin', access: 'none', net_id: '' }, 'NotFoundError'],
    ],
    after: [['alice', 'PUT /network/net', own, 'DuplicateError']],
  },
  {
    call: 'GET /networks',
    asked: 'GET /networks',
    as: 'alice',
    prepare: async ({ root, ok }) => {
      await ok(root('PUT /network/pub', { owner: 'admin', access: '', net_id: '50' }));
      await ok(root('PUT /network/priv', { owner: 'admin', access: 'b', net_id: '' }));
      assert.deepEqual(await ok(root('GET /networks')), {
        net: { network_id: '1000', projects: ['a'] },
        priv: { network_id: '1001', projects: ['b'] },
        pub: { network_id: '50', projects: null },
      });
    },
    gives: { pub: { network_id: '50', projects: null } },
    before: [
      ['root', 'PUT /network/other', { owner: 'admin', access: '', net_id: '50' }, 'BlockedError'],
      ['root', 'DELETE /project/b', undefined, 'BlockedError'],
    ],
  },
  {
    call: 'GET /network/<network>',
    asked: 'GET /network/net',
    as: 'alice',
    stranger: 'NotFoundError',
    gives: {
      name: 'net',
      channels: ['vlan/native', 'vlan/1000'],
      owner: 'a',
      access: ['a'],
      'connected-nodes': {},
    },
    before: [['alice', 'GET /network/priv', undefined, 'NotFoundError']],
  },
  {
    call: 'GET /project/<project>/networks',
    asked: 'GET /project/a/networks',
    as: 'alice',
    stranger: 'NotFoundError',
    gives: ['net'],
  },
  {
    call: 'PUT /network/<network>/access/<project>',
    asked: 'PUT /network/net/access/b',
    as: 'alice',
    stranger: 'NotFoundError',
    after: [
      ['alice', 'PUT /network/net/access/b', undefined, 'DuplicateError'],
      ['alice', 'PUT /network/net/access/a', undefined, 'DuplicateError'],
      ['bob', 'PUT /network/net/access/a', undefined, 'AuthorizationError'],
      ['bob', 'GET /network/net/attachments', undefined, 'AuthorizationError'],
      ['bob', 'DELETE /network/net', undefined, 'AuthorizationError'],
    ],
  },
  {
    call: 'DELETE /network/<network>/access/<project>',
    asked: 'DELETE /network/net/access/b',
    as: 'alice',
    before: [['alice', 'DELETE /network/net/access/a', undefined, 'BlockedError']],
    after: [['alice', 'DELETE /network/net/access/b', undefined, 'NotFoundError']],
  },
  {
    call: 'POST /node/<node>/nic/<nic>/connect_network',
    asked: connect,
    body: { network: 'net', channel: 'vlan/native' },
    optional: ['channel'],
    as: 'alice',
    stranger: 'NotFoundError',
    status: 202,
    gives: (body: unknown) => {
      isAction(body);
      action = (body as { status_id: string }).status_id;
    },
    before: [
      ['alice', connect, { network: 'net', channel: 'vlan/5' }, 'BadArgumentError'],
      ['alice', connect, { network: 'net', channel: 'null' }, 'BadArgumentError'],
      ['alice', connect, { network: 'none' }, 'NotFoundError'],
      ['alice', connect, { network: 'priv' }, 'NotFoundError'],
      ['alice', 'POST /node/n1/nic/none/connect_network', { network: 'net' }, 'NotFoundError'],
      ['root', 'POST /node/n2/nic/em1/connect_network', { network: 'net' }, 'ProjectMismatchError'],
      ['alice', `POST ${nic}/detach_network`, { network: 'net' }, 'BadArgumentError'],
    ],
    after: [
      ['alice', connect, { network: 'net' }, 'BlockedError'],
      ['alice', connect, { network: 'pub' }, 'BlockedError'],
    ],
  },
  {
    call: 'GET /networking_action/<status_id>',
    prepare: ({ world }) => world.service.context.operations.wait(action, 5000),
    asked: () => `GET /networking_action/${action}`,
    as: 'alice',
    stranger: 'NotFoundError',
    gives: {
      ...{ status: 'DONE', type: 'modify_port', channel: 'vlan/native' },
      ...{ node: 'n1', nic: 'em1', new_network: 'net' },
    },
    before: [['alice', 'GET /networking_action/none', undefined, 'NotFoundError']],
  },
  {
    call: 'GET /network/<network>/attachments',
    asked: 'GET /network/net/attachments',
    as: 'alice',
    stranger: 'NotFoundError',
    gives: { n1: { nic: 'em1', channel: 'vlan/native', project: 'a' } },
    before: [
      ['alice', 'GET /network/net/attachments?project=', undefined, 'ValidationError'],
      ['alice', 'GET /network/net/attachments?project=a&project=a', undefined, 'ValidationError'],
      ['alice', 'GET /network/net/attachments?project=b', undefined, 'NotFoundError'],
      ['alice', 'DELETE /network/net', undefined, 'BlockedError'],
      ['alice', 'POST /project/a/detach_node', { node: 'n1' }, 'BlockedError'],
    ],
  },
  {
    call: 'POST /node/<node>/nic/<nic>/detach_network',
    asked: `POST ${nic}/detach_network`,
    body: { network: 'net' },
    as: 'alice',
    stranger: 'NotFoundError',
    status: 202,
    gives: isAction,
    before: [
      ['alice', `POST ${nic}/detach_network`, { network: 'pub' }, 'BadArgumentError'],
      ['alice', `POST ${nic}/detach_network`, { network: 'none' }, 'NotFoundError'],
    ],
  },
  {
    call: 'DELETE /network/<network>',
    prepare: ({ world, alice, ok }) =>
      world.until(async () => {
        const { nics } = await ok(alice('GET /node/n1'));
        return Object.keys(nics[0].networks).length === 0;
      }),
    asked: 'DELETE /network/net',
    as: 'alice',
    stranger: 'NotFoundError',
    before: [['alice', 'DELETE /network/pub', undefined, 'AuthorizationError']],
    after: [['alice', 'GET /network/net', undefined, 'NotFoundError']],
  },
  {
    call: 'PUT /node/<node>/obm',
    asked: 'PUT /node/n1/obm',
    body: { enabled: true },
    as: 'alice',
    stranger: 'NotFoundError',
    before: [['alice', 'POST /node/n1/power_on', undefined, 'BlockedError']],
    after: [['alice', 'POST /project/a/detach_node', { node: 'n1' }, 'BlockedError']],
  },
  power('POST', 'power_on'),
  power('POST', 'power_off'),
  power('POST', 'power_cycle', { body: { force: true }, optional: ['force'] }),
  power('PUT', 'boot_device', { body: { bootdev: 'pxe' } }),
  power('GET', 'power_status'),
  power('GET', 'console'),
  {
    call: 'POST /project/<project>/detach_node',
    prepare: async ({ alice, ok, obmd }) => {
      await ok(alice('PUT /node/n1/obm', { enabled: false }));
      // It leaves, and is not free before its power was read to be off.
      obmd.broken = true;
      const { status, body } = await alice('POST /project/a/detach_node', { node: 'n1' });
      assert.deepEqual([status, body.type], [500, 'OBMError'], JSON.stringify(body));
      assert.deepEqual((await alice('GET /nodes/free')).body, ['n2']);
      obmd.broken = false;
    },
    asked: 'POST /project/a/detach_node',
    body: { node: 'n1' },
    as: 'alice',
    stranger: 'NotFoundError',
    before: [
      ['root', 'POST /project/b/detach_node', { node: 'n1' }, 'NotFoundError'],
      ['alice', 'POST /project/a/detach_node', { node: 'none' }, 'NotFoundError'],
    ],
    after: [['alice', 'POST /project/a/detach_node', { node: 'n1' }, 'BlockedError']],
  },
];
