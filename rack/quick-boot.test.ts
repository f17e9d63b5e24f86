/** The key that the rack presses in place of a person. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passPrompt } from './quick-boot.ts';

const keysFor = (...pieces: string[]) => {
  let keys = 0;
  const take = passPrompt(() => keys++);
  for (const piece of pieces) take(Buffer.from(piece));
  return keys;
};

test('a prompt is answered once, however it comes in pieces', () => {
  const prompt = '\r\nPress Ctrl-B for the iPXE command line...';
  assert.equal(keysFor(prompt), 1);
  assert.equal(keysFor(...prompt, ...'net0: open'), 1);
  assert.equal(keysFor(prompt.slice(0, 20), prompt.slice(20), 'Configuring'), 1);
  assert.equal(keysFor(prompt, 'reset', prompt), 2);
});

test('what only looks like the prompt gets no key', () => {
  assert.equal(
    keysFor('Press Ctrl-B to configure iPXE (PCI 00:03.0)...', 'Press Ctrl-B', ' for ', 'what?'),
    0,
  );
});
