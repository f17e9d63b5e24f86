import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeCli } from '../cli/testing/fake-cli.ts';
import { cliSuite } from '../cli/testing/suite.ts';
import { isUnknown } from '../port.ts';
import { nxosDriver } from './driver.ts';
import { countersOf, switchportsOf } from './output.ts';
import { answerNxApi } from './testing/fake.ts';

const PORTS = ['Ethernet1/1', 'Ethernet1/2', 'Ethernet1/3', 'Ethernet1/4'] as const;

cliSuite({ driver: nxosDriver, ports: PORTS, absent: 'Ethernet1/9', answer: answerNxApi }, (lab) => {
  it('a switchport feature that we do not know makes a port foreign', async () => {
    const { device: cli, session } = lab();
    for (const line of [
      'voice vlan 20',
      'private-vlan mapping 10 20',
      'monitor',
      'isolated',
      'trunk native vlan tag',
    ]) {
      cli.ports.get(PORTS[3])!.extra = [line];
      const state = (await session.read([PORTS[3]])).get(PORTS[3])!;
      assert.ok(isUnknown(state) && state.code === 'port_config_foreign', line);
    }
    cli.ports.get(PORTS[3])!.extra = [];
  });

  it('counters are read whether they are numbers or strings', async () => {
    const counters = await lab().session.counters!([PORTS[0]]);
    assert.deepEqual(counters.get(PORTS[0]), { inBytes: 640, inFrames: 10, outBytes: 128, outFrames: 2 });
  });
});

it('a command that fails is named with what the switch said of it', () => {
  const cli = new FakeCli(PORTS);
  const cmd = (id: number, line: string) => ({
    jsonrpc: '2.0',
    method: 'cli',
    params: { cmd: line, version: 1 },
    id,
  });
  const body = JSON.stringify([cmd(1, 'configure terminal'), cmd(2, 'interface Ethernet9/9'), cmd(3, 'end')]);
  const { status, body: said } = answerNxApi(cli, {
    method: 'POST',
    path: '/ins',
    type: 'application/json-rpc',
    body,
  });
  assert.equal(status, 500);
  assert.equal(JSON.parse(said).length, 2);
});

it('a table of one row, and ports of other kinds, are read', () => {
  const row = {
    interface: 'Ethernet1/1',
    switchport: 'Enabled',
    access_vlan: '7',
    native_vlan: '1',
    trunk_vlans: '1-4094',
  };
  const shown = { TABLE_interface: { ROW_interface: row } };
  assert.deepEqual([...switchportsOf(shown, '')], [['Ethernet1/1', { mode: 'access', vlan: 7 }]]);
  assert.throws(() => switchportsOf({}, ''));
  assert.throws(() => countersOf(null));
});
