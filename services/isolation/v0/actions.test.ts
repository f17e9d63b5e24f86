/** What a client of HIL sees of actions that are not carried out at once. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HilWorld } from './testing/hil.ts';

const nic = '/node/n1/nic/em1';

async function open(): Promise<HilWorld> {
  const hil = await HilWorld.open();
  await hil.giveNode();
  for (const network of ['net', 'tag']) {
    await hil.ok(hil.alice(`PUT /network/${network}`, { owner: 'a', access: 'a', net_id: '' }));
  }
  return hil;
}

it('while the switch is down actions wait, show on no NIC, and are then carried out in order', async () => {
  await using hil = await open();
  const { alice, ok, world } = hil;
  world.switch.down = true;
  const first = await ok(alice(`POST ${nic}/connect_network`, { network: 'net' }));
  const second = await ok(alice(`POST ${nic}/connect_network`, { network: 'tag', channel: 'vlan/1001' }));
  assert.equal((await ok(alice(`GET /networking_action/${first.status_id}`))).status, 'PENDING');
  assert.deepEqual((await ok(alice('GET /node/n1'))).nics[0].networks, {});
  assert.deepEqual((await ok(alice('GET /network/net')))['connected-nodes'], {});
  // The same again would be another action for what is under way.
  assert.equal((await alice(`POST ${nic}/connect_network`, { network: 'net' })).body.type, 'BlockedError');
  assert.equal((await hil.root('POST /switch/sw/port/gi1/0/1/revert')).body.type, 'BlockedError');
  world.switch.down = false;
  for (const { status_id } of [first, second]) {
    assert.equal((await hil.ended(alice, status_id)).status, 'DONE');
  }
  assert.deepEqual((await ok(alice('GET /node/n1'))).nics[0].networks, {
    'vlan/native': 'net',
    'vlan/1001': 'tag',
  });
});

it('what is attached stays shown while the switch is down, and until it was read to be off', async () => {
  await using hil = await open();
  const { alice, ok, world } = hil;
  await hil.done(alice, alice(`POST ${nic}/connect_network`, { network: 'net' }));
  world.switch.down = true;
  const { status_id } = await ok(alice(`POST ${nic}/detach_network`, { network: 'net' }));
  assert.deepEqual((await ok(alice('GET /node/n1'))).nics[0].networks, { 'vlan/native': 'net' });
  // The words that HIL's script for leases waits at.
  const blocked = await alice('POST /project/a/detach_node', { node: 'n1' });
  assert.deepEqual(blocked.body, { type: 'BlockedError', msg: 'Node has pending network actions' });
  world.switch.down = false;
  await hil.ended(alice, status_id);
  assert.deepEqual((await ok(alice('GET /node/n1'))).nics[0].networks, {});
});

it('a port is taken off all networks at once', async () => {
  await using hil = await open();
  const { root, alice, ok } = hil;
  await hil.done(alice, alice(`POST ${nic}/connect_network`, { network: 'net' }));
  await hil.done(alice, alice(`POST ${nic}/connect_network`, { network: 'tag', channel: 'vlan/1001' }));
  const action = await hil.done(root, root('POST /switch/sw/port/gi1/0/1/revert'));
  assert.deepEqual(action, {
    ...{ node: 'n1', nic: 'em1', channel: '', new_network: null },
    ...{ status: 'DONE', type: 'revert_port' },
  });
  assert.deepEqual((await ok(alice('GET /node/n1'))).nics[0].networks, {});
  // It is the project's to see, whose node it is.
  assert.equal((await ok(root('GET /switch/sw/port/gi1/0/1'))).nic, 'em1');
});

it("a network whose last access was revoked is nobody else's, and not public", async () => {
  await using hil = await HilWorld.open();
  const { root, alice, bob, ok } = hil;
  await ok(root('PUT /network/net', { owner: 'admin', access: 'a', net_id: '' }));
  await ok(alice('GET /network/net'));
  await ok(root('DELETE /network/net/access/a'));
  for (const member of [alice, bob]) assert.equal((await member('GET /network/net')).status, 404);
  assert.deepEqual((await ok(root('GET /network/net'))).access, []);
});
