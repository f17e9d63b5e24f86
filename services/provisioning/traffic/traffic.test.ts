import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insideOwnNetwork } from '../testing/own-network.ts';
import { Site } from '../testing/site.ts';

if (await insideOwnNetwork(import.meta.filename)) {
  test('what a node reads and writes is kept over a restart, and after its boot and its volume are gone', async () => {
    await using site = await Site.open({ nodes: 1 });
    await site.isolation.allocate('n1', 'a');
    await site.image('golden');
    const { boot, config } = await site.running('n1', { image: 'golden' });
    const report = async (query = `boot=${boot.id}`) => await site.ok(site.a('GET', `/traffic?${query}`));
    await site.node(1).disk(config, [
      { read: 0, blocks: 16 },
      { write: 8, blocks: 8, byte: 1 },
    ]);
    const first = (await report()).total;
    assert.ok(first.readBytes >= 16 * 512, `${first.readBytes}`);
    assert.equal(first.writtenBytes, 8 * 512);
    assert.equal(first.flushes, 1);
    assert.equal(first.latency.write.count, 1);
    assert.ok(first.cacheHits + first.cacheMisses > 0);

    await site.restart();
    await site.until('the target is open again', async () => (site.service?.targets().length ?? 0) === 1);
    await site.node(1).disk(config, [{ read: 0, blocks: 16 }]);
    const second = await report('node=n1');
    assert.ok(second.total.readBytes >= first.readBytes + 16 * 512);
    assert.equal(second.total.writtenBytes, first.writtenBytes);
    const { points } = second.boots[0];
    for (const [i, point] of points.entries()) {
      const before = points[i - 1] ?? { ms: 0, readBytes: 0, writtenBytes: 0 };
      assert.ok(point.ms >= before.ms && point.readBytes >= before.readBytes, JSON.stringify(points));
    }
    assert.equal(points.at(-1).readBytes, second.total.readBytes);
    assert.equal(second.points.at(-1).readBytes, second.total.readBytes);

    await site.done(site.a('DELETE', `/boots/${boot.id}?deleteVolume=true`));
    const last = await report(`volume=${boot.volume}`);
    assert.equal(last.total.readBytes, second.total.readBytes);
    assert.deepEqual((await report('lease=none')).boots, []);
    assert.deepEqual((await site.ok(site.b('GET', '/traffic'))).boots, []);
    await site.refused(site.a('GET', '/traffic?boot=x'), 400, 'request_invalid');
  });
}
