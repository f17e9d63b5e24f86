/** What a script that was written for HIL does, from an empty rack to a node that is free again. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CLOSED } from '../drivers/switch/port.ts';
import { exchange, HilWorld, MOCK } from './testing/hil.ts';

it("a script of HIL's registers a rack, uses a node and gives it back", async () => {
  await using hil = await HilWorld.open();
  const { root, alice, bob, obmd, world } = hil;
  const switchInfo = { hostname: 'sw', username: 'u', password: 'p', type: MOCK };
  await hil.ok(root('DELETE /switch/sw'));
  await hil.ok(root('PUT /switch/sw', switchInfo));
  await hil.ok(root('PUT /switch/sw/port/gi1/0/1'));
  await hil.ok(root('PUT /node/n1', { obmd: { uri: obmd.uri, admin_token: obmd.adminToken } }));
  await hil.ok(root('PUT /node/n1/nic/em1', { macaddr: 'DE:AD:BE:EF:20:14' }));
  await hil.ok(root('POST /switch/sw/port/gi1/0/1/connect_nic', { node: 'n1', nic: 'em1' }));
  await hil.ok(root('PUT /node/n1/metadata/rack', { value: { row: 7 } }));

  // A tenant takes the node and puts it on two networks.
  assert.deepEqual((await alice('GET /nodes/free')).body, ['n1']);
  const connected = await alice('POST /project/a/connect_node', { node: 'n1' });
  assert.deepEqual([connected.status, connected.text], [200, '']);
  assert.deepEqual((await alice('GET /project/a/nodes')).body, ['n1']);
  for (const network of ['net', 'tag']) {
    await hil.ok(alice(`PUT /network/${network}`, { owner: 'a', access: 'a', net_id: '' }));
  }
  const { channels } = await hil.ok(alice('GET /network/tag'));
  assert.deepEqual(channels, ['vlan/native', 'vlan/1001']);
  const nic = '/node/n1/nic/em1';
  // As HIL's command line does where no channel was said.
  const native = await alice(`POST ${nic}/connect_network`, { network: 'net', channel: '' });
  assert.equal(native.status, 202);
  assert.deepEqual(await hil.ended(alice, native.body.status_id), {
    ...{ node: 'n1', nic: 'em1', channel: 'vlan/native', status: 'DONE', type: 'modify_port' },
    new_network: 'net',
  });
  await hil.done(alice, alice(`POST ${nic}/connect_network`, { network: 'tag', channel: channels[1] }));
  assert.deepEqual(world.switch.state('gi1/0/1'), { native: 1000, tagged: [1001], isolated: false });
  assert.deepEqual(await hil.ok(alice('GET /node/n1')), {
    name: 'n1',
    project: 'a',
    nics: [
      {
        label: 'em1',
        macaddr: 'de:ad:be:ef:20:14',
        networks: { 'vlan/native': 'net', 'vlan/1001': 'tag' },
      },
    ],
    metadata: { rack: '{"row":7}' },
  });
  assert.deepEqual(await hil.ok(alice('GET /network/net/attachments?project=a')), {
    n1: { nic: 'em1', channel: 'vlan/native', project: 'a' },
  });

  // Power: not before it is enabled, and then by a URL that needs no password.
  assert.equal((await alice('POST /node/n1/power_on')).body.type, 'BlockedError');
  await hil.ok(alice('PUT /node/n1/obm', { enabled: true }));
  const follow = async (asked: string, body?: unknown) => {
    const [method] = asked.split(' ');
    const { status, headers } = await alice(asked, body);
    assert.equal(status, 307, asked);
    assert.match(headers.location!, /^\/v0\/obm\/n1\/\w+\?token=[\w-]{20,}$/);
    return await exchange(hil.endpoint, `${method} ${headers.location}`, body);
  };
  assert.deepEqual((await follow('GET /node/n1/power_status')).body, { power_status: 'off' });
  assert.deepEqual((await follow('POST /node/n1/power_cycle', { force: false })).text, '');
  assert.equal((await follow('PUT /node/n1/boot_device', { bootdev: 'pxe' })).status, 200);
  assert.equal((await follow('PUT /node/n1/boot_device', { bootdev: 'A' })).status, 400);
  assert.equal((await follow('POST /node/n1/power_cycle', { force: true })).status, 200);
  assert.deepEqual(
    [obmd.power, obmd.bootdev, obmd.calls],
    ['on', 'pxe', ['power_on', 'boot_device', 'power_cycle force']],
  );

  // It leaves only when all is cleared; others never learned of it.
  const leave = () => alice('POST /project/a/detach_node', { node: 'n1' });
  const others = await bob('GET /node/n1');
  assert.deepEqual([others.status, others.body.type], [404, 'NotFoundError']);
  assert.match((await leave()).body.msg, /OBM.*enabled/);
  await hil.ok(alice('PUT /node/n1/obm', { enabled: false }));
  assert.match((await leave()).body.msg, /is on networks: em1 on/);
  for (const network of ['tag', 'net']) {
    const action = await hil.done(alice, alice(`POST ${nic}/detach_network`, { network }));
    assert.deepEqual([action.status, action.new_network], ['DONE', null]);
  }
  const left = await leave();
  assert.deepEqual([left.status, left.text], [200, ''], left.text);
  assert.deepEqual((await bob('GET /nodes/free')).body, ['n1']);
  assert.equal(obmd.power, 'off');
  assert.deepEqual(world.switch.state('gi1/0/1'), CLOSED);
});
