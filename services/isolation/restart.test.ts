import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createLogger } from '@bullion/service';
import { isClosed } from './drivers/switch/port.ts';
import { openIsolation } from './index.ts';
import { World } from './testing/world.ts';

describe('a restart', () => {
  it('goes on with what was begun', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    world.switch.down = true;
    const { operation } = await world.ok(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    await world.restart();
    assert.equal((await world.ok(world.a('GET', `/operations/${operation}`))).state, 'running');
    world.switch.down = false;
    assert.equal((await world.ok(world.a('GET', `/operations/${operation}?wait=10`))).state, 'succeeded');
  });

  it('goes on with a release that waits for its ports', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.ok(world.a('PUT', '/nodes/n1/power', { action: 'on' }));
    world.switch.down = true;
    const { operation } = await world.ok(world.a('POST', '/nodes/n1/release'));
    await world.until(async () => world.bmc(1).power === 'off');
    await world.restart();
    await world.refused(world.a('POST', '/nodes/n1/allocate', { project: 'a' }), 409, 'node_allocated');
    world.switch.down = false;
    assert.equal((await world.ok(world.a('GET', `/operations/${operation}?wait=10`))).state, 'succeeded');
  });

  it('believes nothing that it has not read itself', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    const vlan = await world.network('net', 'a');
    await world.done(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    await world.until(async () => (await world.port('p2')).state === 'verified');
    await world.service.close();
    world.switch.drift('p1');
    world.switch.drift('p2');
    world.switch.down = true;
    await world.start();
    assert.notEqual((await world.port('p1')).state, 'verified');
    assert.equal((await world.ok(world.a('GET', '/nodes/n1'))).nics[0].networks[0].state, 'attaching');
    await world.refused(
      world.b('POST', '/nodes/n2/allocate', { project: 'b' }),
      503,
      'node_ports_unverified',
    );
    world.switch.down = false;
    await world.until(async () => isClosed(world.switch.state('p2')));
    await world.until(async () => (await world.port('p1')).state === 'verified');
    assert.equal((await world.port('p1')).observed, `native ${vlan}`);
    await world.allocate('n2', 'b');
    assert.equal((await world.events('port.drift_repaired')).length, 2);
  });

  it('requests that wait are answered when the service closes', async () => {
    await using world = await World.open();
    await world.allocate('n1', 'a');
    await world.network('net', 'a');
    world.switch.down = true;
    const { operation } = await world.ok(world.a('PUT', '/nodes/n1/nics/eth0/networks/net', {}));
    const waiting = world.a('GET', `/operations/${operation}?wait=60`);
    // Until it does wait: what is on its way when the database closes is refused.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await world.restart();
    assert.equal((await world.ok(waiting)).state, 'running');
    world.switch.down = false;
  });

  const ofFiles = { skip: process.env.BULLION_TEST_DATABASE !== undefined && 'the database is no file' };
  it(
    'a folder in use, a lost key and a damaged database are refused, and nothing is overwritten',
    ofFiles,
    async () => {
      await using world = await World.open();
      const open = () => openIsolation({ folder: world.folder, logger: createLogger('silent') });
      assert.equal(statSync(world.folder).mode & 0o777, 0o700);
      await assert.rejects(open(), { code: 'database_in_use' });
      await world.service.close();

      const [key, database] = [join(world.folder, 'secret.key'), join(world.folder, 'isolation.db')];
      const secret = readFileSync(key);
      rmSync(key);
      await assert.rejects(open(), { code: 'secret_key_missing' });
      writeFileSync(key, secret);

      const bytes = readFileSync(database);
      writeFileSync(database, bytes.subarray(0, bytes.length / 2));
      await assert.rejects(open(), { code: 'database_unusable' });
      assert.equal(statSync(database).size, Math.floor(bytes.length / 2));
      writeFileSync(database, bytes);
      await world.start();
      assert.equal((await world.ok(world.operator('GET', '/nodes'))).length, 2);
    },
  );
});
