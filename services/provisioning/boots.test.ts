import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { insideOwnNetwork } from './testing/own-network.ts';
import { Site } from './testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  describe('a boot', () => {
    test('brings a node from its image to running, stage by stage', async () => {
      await using site = await Site.open();
      const disk = await site.image('debian');
      await site.isolation.allocate('n1', 'a');
      const { boot, script, config } = await site.running('n1', { image: 'debian' });
      assert.equal(boot.state, 'running');
      assert.deepEqual(boot.sshHostKeys, ['ssh-ed25519 AAAAn1']);
      console.log(boot.timeline, script.text, config);
      const [first] = await site.node(1).disk(config, [{ read: 0, blocks: 8 }]);
      assert.equal(first, disk.subarray(0, 4096).toString('hex'));
    });
  });
}
