/** What a wipe hook may do to a node that is on its way out, and that nothing of it is left. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { isClosed } from '../drivers/switch/port.ts';
import { type Caller, World } from '../testing/world.ts';

type Told = { allocation: string; operation: string };

/** A world whose n1 is released by a; its hook was asked, and `answer` answers it. */
async function released() {
  const world = await World.open();
  const service: Caller = world.caller(await world.service.createToken('service', 'wiper'));
  const { promise: asked, resolve } = Promise.withResolvers<{ told: Told; response: ServerResponse }>();
  const server = createServer(async (request, response) => {
    resolve({ told: JSON.parse(await text(request)) as Told, response });
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await world.ok(world.operator('PUT', '/wipe-hooks/wiper', { url, token: 'x', timeoutSeconds: 30 }));
  await world.network('provisioning', null);
  await world.allocate('n1', 'a');
  const { operation } = await world.ok(world.a('POST', '/nodes/n1/release'));
  const { told: all, response } = await asked;
  const told = { allocation: all.allocation, operation: all.operation };
  assert.equal(told.operation, operation);
  const answer = (status: number) => void response.writeHead(status).end();
  const over = async () =>
    await world.until(async () => {
      const is = await world.ok(world.operator('GET', `/operations/${operation}`));
      return is.state === 'running' ? undefined : is;
    });
  return { world, service, told, answer, over, close: () => server.closeAllConnections() };
}

const ON = { action: 'on' };
const ATTACH = '/nodes/n1/nics/eth0/networks/provisioning';

describe('a node that is on its way out', () => {
  it('is open to the services once a hook has asked, to nobody else, and closed when the hook is through', async () => {
    const { world, service, told, answer, over } = await released();
    await using _ = world;
    await world.refused(service('PUT', '/nodes/n1/power', ON), 409, 'node_releasing');
    await world.ok(service('POST', '/nodes/n1/wiping', told));
    await world.ok(service('PUT', '/nodes/n1/power', ON));
    await world.done(service('PUT', ATTACH, { mode: 'native' }));
    assert.ok(!isClosed(world.switch.state('p1')));
    for (const caller of [world.a, world.operator]) {
      await world.refused(caller('PUT', '/nodes/n1/power', ON), 409, 'node_releasing');
      await world.refused(caller('PUT', ATTACH, { mode: 'native' }), 409, 'node_releasing');
    }
    answer(204);
    assert.equal((await over()).state, 'succeeded');
    assert.equal(world.bmc(1).power, 'off');
    assert.ok(isClosed(world.switch.state('p1')));
    const { state, maintenance } = await world.ok(world.operator('GET', '/nodes/n1'));
    assert.deepEqual([state, maintenance], ['free', null]);
    await world.refused(service('POST', '/nodes/n1/wiping', told), 409, 'node_not_to_be_wiped');
  });

  it('is closed as well where the wipe has failed, and kept aside until one succeeds', async () => {
    const { world, service, told, answer, over } = await released();
    await using _ = world;
    await world.ok(service('POST', '/nodes/n1/wiping', told));
    await world.ok(service('PUT', '/nodes/n1/power', ON));
    await world.done(service('PUT', ATTACH, { mode: 'native' }));
    answer(403);
    assert.equal((await over()).error.code, 'hook_failed');
    assert.equal(world.bmc(1).power, 'off');
    assert.ok(isClosed(world.switch.state('p1')));
    const { state, maintenance } = await world.ok(world.operator('GET', '/nodes/n1'));
    assert.equal(state, 'releasing');
    assert.match(maintenance, /^not wiped: The hook "wiper" failed/);
    await world.refused(service('PUT', '/nodes/n1/power', ON), 409, 'node_releasing');
    await world.refused(service('POST', '/nodes/n1/wiping', told), 409, 'node_not_to_be_wiped');
    await world.ok(world.operator('DELETE', '/wipe-hooks/wiper'));
    await world.done(world.a('POST', '/nodes/n1/release'));
    assert.equal((await world.ok(world.operator('GET', '/nodes/n1'))).maintenance, null);
  });

  it('goes on being wiped when this service is restarted: it is not switched off', async () => {
    const { world, service, told, answer } = await released();
    await using _ = world;
    await world.ok(service('POST', '/nodes/n1/wiping', told));
    await world.ok(service('PUT', '/nodes/n1/power', ON));
    const before = world.bmc(1).actions.length;
    await world.restart();
    answer(500);
    assert.deepEqual(world.bmc(1).actions.slice(before), []);
    assert.equal(world.bmc(1).power, 'on');
  });

  it('is opened by no tenant, and by nobody who names another allocation or release', async () => {
    const { world, service, told, answer, over } = await released();
    await using _ = world;
    await world.refused(world.a('POST', '/nodes/n1/wiping', told), 403, 'operator_only');
    for (const wrong of [
      { ...told, allocation: 'x' },
      { ...told, operation: 'x' },
    ])
      await world.refused(service('POST', '/nodes/n1/wiping', wrong), 409, 'node_not_to_be_wiped');
    await world.refused(service('POST', '/nodes/n2/wiping', told), 409, 'node_not_to_be_wiped');
    answer(204);
    assert.equal((await over()).state, 'succeeded');
  });
});
