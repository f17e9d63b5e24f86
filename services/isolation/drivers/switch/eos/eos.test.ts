import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cliSuite } from '../cli/testing/suite.ts';
import { HttpsClient } from '../https/client.ts';
import { isUnknown } from '../port.ts';
import { eosDriver } from './driver.ts';
import { Eapi } from './eapi.ts';
import { switchportsOf } from './output.ts';
import { answerEapi } from './testing/fake.ts';

const PORTS = ['Ethernet1', 'Ethernet2', 'Ethernet3/1', 'Ethernet3/2'] as const;

cliSuite({ driver: eosDriver, ports: PORTS, absent: 'Ethernet9', answer: answerEapi }, (lab) => {
  it('trunk groups make a port foreign', async () => {
    const { device: cli, session } = lab();
    const port = cli.ports.get(PORTS[3])!;
    Object.assign(port, { mode: 'trunk', allowed: [10], extra: ['servers'] });
    const state = (await session.read([PORTS[3]])).get(PORTS[3])!;
    assert.ok(isUnknown(state) && state.code === 'port_config_foreign');
    Object.assign(port, { mode: 'access', extra: [] });
  });

  it('a line that fails is named, and nothing of its session runs', async () => {
    const { server, device: cli } = lab();
    const client = new HttpsClient(server.settings, {
      signal: new AbortController().signal,
      timeoutMs: 2000,
    });
    const before = JSON.stringify([...cli.ports]);
    const lines = [
      'configure session s1',
      'interface Ethernet1',
      'switchport access vlan 99',
      'reload now',
      'commit',
    ];
    await assert.rejects(new Eapi(client, 'fake').run(lines), (error: Error & { code: string }) => {
      assert.equal(error.code, 'switch_failed');
      assert.match(error.message, /reload now/);
      return true;
    });
    assert.equal(JSON.stringify([...cli.ports]), before);
    client.close();
  });

  it('a line that is never committed never runs', async () => {
    const { server, device: cli } = lab();
    const client = new HttpsClient(server.settings, {
      signal: new AbortController().signal,
      timeoutMs: 2000,
    });
    const before = JSON.stringify([...cli.ports]);
    await new Eapi(client, 'fake').run([
      'configure session s2',
      'interface Ethernet1',
      'switchport access vlan 99',
    ]);
    assert.equal(JSON.stringify([...cli.ports]), before);
    client.close();
  });
});

it('ports of other kinds are left out, and nonsense throws', () => {
  assert.equal(switchportsOf({ switchports: { Vxlan1: { enabled: true } } }).size, 0);
  assert.throws(() => switchportsOf({ switchports: { Ethernet1: {} } }));
});
