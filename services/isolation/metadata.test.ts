import assert from 'node:assert/strict';
import { it } from 'node:test';
import { World } from './testing/world.ts';

it('an operator notes JSON at a node, and who sees the node reads it', async () => {
  await using world = await World.open();
  const set = (label: string, value: unknown, caller = world.operator) =>
    caller('PUT', `/nodes/n1/metadata/${encodeURIComponent(label)}`, { value });
  await world.ok(set('rack', { row: 3, unit: 7 }));
  await world.ok(set('rack', { row: 4, unit: 7 }));
  await world.ok(set('constructor', 'a/b'));
  await world.refused(set('__proto__', 1), 400, 'request_invalid');
  await world.refused(set('rack', 1, world.a), 403, 'operator_only');
  const metadata = async (caller = world.a) =>
    JSON.stringify((await world.ok(caller('GET', '/nodes/n1'))).metadata);
  assert.equal(await metadata(), '{"constructor":"a/b","rack":{"row":4,"unit":7}}');
  assert.deepEqual((await world.ok(world.b('GET', '/nodes')))[1].metadata, {});
  await world.allocate('n1', 'b');
  await world.refused(world.a('GET', '/nodes/n1'), 404, 'node_not_found');
  assert.match(await metadata(world.b), /"row":4/);
  await world.ok(world.operator('DELETE', '/nodes/n1/metadata/rack'));
  await world.refused(world.operator('DELETE', '/nodes/n1/metadata/rack'), 404, 'label_not_found');
  await world.refused(world.operator('DELETE', '/nodes/n9/metadata/rack'), 404, 'node_not_found');
  assert.equal(await metadata(world.b), '{"constructor":"a/b"}');
});

it('what is noted is bounded, and goes with its node', async () => {
  await using world = await World.open();
  const set = (label: string, value: unknown) =>
    world.operator('PUT', `/nodes/n1/metadata/${label}`, { value });
  await world.refused(set('big', 'x'.repeat(4095)), 400, 'metadata_too_large');
  await world.refused(world.operator('PUT', '/nodes/n1/metadata/none', {}), 400, 'request_invalid');
  await world.ok(set('nothing', null));
  await world.ok(world.operator('DELETE', '/nodes/n1/metadata/nothing'));
  await world.refused(set('x'.repeat(129), 1), 400, 'request_invalid');
  for (let label = 1; label <= 64; label++) await world.ok(set(`l${label}`, label));
  await world.refused(set('one-more', 1), 409, 'metadata_full');
  await world.ok(set('l1', 'changed'));
  await world.ok(world.operator('DELETE', '/nodes/n1'));
  assert.deepEqual(await world.service.context.db.selectFrom('node_metadata').selectAll().execute(), []);
});
