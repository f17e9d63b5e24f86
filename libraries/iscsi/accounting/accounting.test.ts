import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, quantileUs } from './histogram.ts';
import { trafficSvg, trafficText } from './plot.ts';
import { Timeline } from './timeline.ts';

test('latencies fall into buckets by powers of two', () => {
  const histogram = new Histogram();
  for (const ms of [0, 0.0005, 0.001, 0.0031, 1, 100_000]) histogram.add(ms);
  const snapshot = histogram.snapshot();
  const counted = snapshot.buckets.filter(({ count }) => count > 0);
  assert.deepEqual(
    counted.map(({ belowUs, count }) => [belowUs, count]),
    [
      [1, 2],
      [2, 1],
      [4, 1],
      [1024, 1],
      [2 ** 27, 1],
    ],
  );
  assert.equal(snapshot.count, 6);
  assert.equal(quantileUs(snapshot, 0.5), 2);
  assert.equal(quantileUs(new Histogram().snapshot(), 0.5), undefined);
});

test('a timeline keeps its shape in bounded memory, however long it grows', () => {
  const timeline = new Timeline();
  for (let i = 0; i < 100_000; i += 1) timeline.note(i * 100, i * 10, i);
  const points = timeline.points();
  assert.ok(points.length <= 512 && points.length >= 128, `${points.length} points`);
  assert.deepEqual(points[0], { ms: 0, readBytes: 0, writtenBytes: 0 });
  for (const point of points) assert.equal(point.readBytes, point.ms / 10);
});

test('the picture is well-formed, whatever the names are, and also with nothing in it', () => {
  const points = [
    { ms: 0, readBytes: 0, writtenBytes: 0 },
    { ms: 30_000, readBytes: 120 << 20, writtenBytes: 3 << 20 },
  ];
  const svg = trafficSvg(points, { title: '<boot> of "node1" & more', subtitle: 'golden' });
  assert.match(svg, /^<svg .*<\/svg>\n$/s);
  assert.ok(svg.includes('&lt;boot&gt; of &quot;node1&quot; &amp; more'));
  assert.ok(svg.includes('read: 120.0 MiB'));
  assert.ok(!/NaN|Infinity|undefined/.test(svg + trafficSvg([], { title: 'nothing' })));
});

test('the text shows how each sum rose', () => {
  const points = [
    { ms: 0, readBytes: 0, writtenBytes: 0 },
    { ms: 1000, readBytes: 8 << 20, writtenBytes: 0 },
    { ms: 2000, readBytes: 8 << 20, writtenBytes: 4 << 20 },
  ];
  assert.equal(trafficText(points, 4), 'read     ███ 8.0 MiB in 2.0 s\nwritten    ▄ 4.0 MiB in 2.0 s');
});
