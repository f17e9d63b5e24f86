import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { CLOSED } from '../../services/isolation/drivers/switch/port.ts';
import { DataCentre } from './testing/data-centre.ts';

describe('what somebody else changed on a switch, from the command line', () => {
  let dc: DataCentre;
  before(async () => {
    dc = await DataCentre.open();
    await dc.furnish();
    const hospital = await dc.admit('hospital');
    await dc.value(['node', 'allocate', 'node1'], hospital);
    await dc.value(['network', 'create', 'ward'], hospital);
    await dc.value(['network', 'attach', 'ward', 'node1', 'nic1'], hospital);
  });
  after(() => dc.close());

  test('a switch as it should be has no diff', async () => {
    const { code, stdout } = await dc.bullion(['switch', 'diff']);
    assert.deepEqual([code, stdout], [0, 'tor1: 4 ports are as they should be\n']);
  });

  test('a port that was closed by hand is shown, with the exit code 1, and repaired', async () => {
    await dc.value(['switch', 'drift', 'tor1', 'report']);
    assert.match((await dc.bullion(['switch', 'list'])).stdout, /tor1 {4}memory {2}report {6}4/);
    const right = dc.tor.state('p2');
    dc.tor.drift('p2', CLOSED);
    const { code, stdout } = await dc.bullion(['switch', 'diff', 'tor1']);
    assert.equal(code, 1);
    assert.equal(stdout, 'tor1: 1 of 4 ports differ\n  p2 (node1/nic1)\n    - native 1000\n    + closed\n');
    const repaired = await dc.bullion(['switch', 'repair', 'tor1', 'p2']);
    assert.deepEqual(
      [repaired.code, repaired.stdout],
      [0, 'Repaired: port p2 of tor1 is as it should be.\n'],
    );
    assert.deepEqual(dc.tor.state('p2'), right);
    assert.equal((await dc.bullion(['switch', 'diff', 'tor1'])).code, 0);
  });

  test('a switch that cannot be read is no switch without differences: the exit code is 2', async () => {
    dc.tor.down = true;
    const { code, stdout } = await dc.bullion(['switch', 'diff']);
    assert.equal(code, 2);
    assert.match(stdout, /^tor1: not read: .*down/);
    dc.tor.down = false;
    assert.equal((await dc.bullion(['switch', 'diff', 'nix'])).code, 2);
    assert.equal((await dc.bullion(['switch', 'drift', 'tor1', 'ignore'])).code, 2);
  });
});
