import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, distance } from '../pdu/serial.ts';
import { CommandWindow } from './command-window.ts';

test('commands start in the order of their numbers, whatever the order in which they come, also around zero', () => {
  const first = 0xfffffffe;
  const window = new CommandWindow(first);
  const started: number[] = [];
  for (const n of [2, 1, 4, 0, 3]) {
    const cmdSn = add(first, n);
    const verdict = window.admit(cmdSn);
    if (verdict === 'now') {
      started.push(n);
      window.release();
    } else window.hold(cmdSn, () => started.push(n));
  }
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
});

test('numbers outside of the window, and repetitions, are ignored', () => {
  const window = new CommandWindow(10);
  assert.equal(window.admit(9), 'ignored');
  assert.equal(window.admit(add(window.maxCmdSn, 1)), 'ignored');
  assert.equal(window.admit(12), 'early');
  window.hold(12, () => undefined);
  assert.equal(window.admit(12), 'ignored');
});

test('the window closes when commands do not end, and opens as they do', () => {
  const window = new CommandWindow(0);
  let n = 0;
  while (window.admit(n) === 'now') {
    window.taskStarted();
    n += 1;
  }
  assert.equal(distance(window.maxCmdSn, window.expCmdSn), -1);
  for (let i = 0; i < n; i += 1) window.taskEnded();
  assert.ok(distance(window.maxCmdSn, window.expCmdSn) > n);
});

test('a number that will never come is skipped', () => {
  const window = new CommandWindow(5);
  const started: number[] = [];
  window.hold(6, () => started.push(6));
  assert.equal(window.skip(5), true);
  assert.deepEqual(started, [6]);
  assert.equal(window.skip(3), false);
});
