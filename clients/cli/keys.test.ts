import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Keys } from './keys.ts';

function keyboard(send: (typed: string) => Promise<void> = async () => {}) {
  const sent: string[] = [];
  let left = 0;
  const keys = new Keys({
    send: async (typed) => {
      sent.push(typed);
      await send(typed);
    },
    leave: () => left++,
  });
  return { keys, sent, left: () => left };
}

test('keys arrive in their order, a request at a time', async () => {
  const { keys, sent } = keyboard(() => sleep(5));
  for (const key of 'root\r') keys.type(key);
  await sleep(30);
  assert.equal(sent.join(''), 'root\r');
  assert.equal(sent[0], 'r');
  assert.equal(sent.length, 2, 'what was typed meanwhile goes together');
});

test('~. at the start of a line leaves, and so does Ctrl-] anywhere', () => {
  const first = keyboard();
  first.keys.type('~');
  first.keys.type('.');
  assert.equal(first.left(), 1);
  const later = keyboard();
  later.keys.type('ls\r~.');
  assert.equal(later.left(), 1);
  const bracket = keyboard();
  bracket.keys.type('ab\u001d');
  assert.equal(bracket.left(), 1);
});

test('a tilde elsewhere is a tilde, and two at the start of a line are one', async () => {
  const { keys, sent, left } = keyboard();
  keys.type('cd ~.\r~~\r~x');
  await sleep(1);
  assert.equal(sent.join(''), 'cd ~.\r~\r~x');
  assert.equal(left(), 0);
});

test('a console that takes no keys ends the session with its error', async () => {
  const { keys } = keyboard(async () => {
    throw new Error('console lost');
  });
  keys.type('x');
  await assert.rejects(keys.failed, /console lost/);
});
