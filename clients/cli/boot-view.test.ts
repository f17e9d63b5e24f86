import assert from 'node:assert/strict';
import test from 'node:test';
import { type Boot, phaseLines } from './boot-view.ts';

const at = (seconds: number) => new Date(Date.UTC(2030, 0, 1) + seconds * 1000).toISOString();

const boot = (over: Partial<Boot>): Boot => ({
  id: 'b',
  node: 'node1',
  project: 'p',
  image: 'golden',
  volume: 'v',
  mode: 'diskless',
  group: null,
  priority: 'normal',
  state: 'booting',
  operation: 'o',
  address: '10.10.0.2',
  hostname: 'node1',
  sshHostKeys: [],
  timeline: [],
  phases: [],
  error: null,
  createdAt: at(0),
  ...over,
});

test('a boot shows the phases of its mode', () => {
  const names = (mode: Boot['mode']) =>
    phaseLines(boot({ mode }), 0).map((line) => line.trim().split(/\s+/)[1]);
  const begin = ['control', 'firmware', 'dhcp', 'ipxe', 'kernel'];
  assert.deepEqual(names('diskless'), [...begin, 'userland']);
  assert.deepEqual(names('ram'), [...begin, 'copy', 'userland']);
  const disk = ['reboot', 'disk-firmware', 'disk-kernel'];
  assert.deepEqual(names('copy'), [...begin, 'copy', ...disk, 'userland']);
});

test('past phases have their time, the present one its time so far, the others none', () => {
  const lines = phaseLines(
    boot({
      timeline: [
        { stage: 'requested', at: at(0) },
        { stage: 'power-on', at: at(1) },
        { stage: 'dhcp', at: at(6) },
      ],
      phases: [
        { phase: 'control', milliseconds: 1000 },
        { phase: 'firmware', milliseconds: 5000 },
      ],
    }),
    Date.parse(at(9.5)),
  );
  assert.equal(lines.length, 6);
  assert.match(lines[0]!, /✓ control {5}1\.0 s {2}███ /);
  assert.match(lines[1]!, /✓ firmware {4}5\.0 s {2}█{15} /);
  assert.match(lines[2]!, /dhcp {8}3\.5 s/);
  assert.doesNotMatch(lines[2]!, /✓|·/);
  for (const line of lines.slice(3)) assert.match(line, /^ {2}· \w+ +[a-z]/);
});

test('a boot that failed has no present phase, and no bar is longer than its room', () => {
  const lines = phaseLines(
    boot({
      state: 'failed',
      timeline: [{ stage: 'requested', at: at(0) }],
      phases: [{ phase: 'control', milliseconds: 600_000 }],
    }),
    Date.parse(at(9)),
  );
  assert.match(lines[0]!, /600\.0 s {2}█{30} {2}clone/);
  for (const line of lines.slice(1)) assert.match(line, /·/);
});
