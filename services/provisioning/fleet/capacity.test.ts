import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Capacity, linkSpeed } from './capacity.ts';

test('the slower of link and target bounds the boots at once', () => {
  const slow = new Capacity(100).bound();
  const gigabit = new Capacity(1000).bound();
  const fast = new Capacity(100_000).bound();
  assert.ok(slow < gigabit && gigabit < fast, `${slow} ${gigabit} ${fast}`);
  assert.equal(new Capacity(undefined).bound(), gigabit);
  // More link than the target can fill changes nothing.
  assert.equal(new Capacity(400_000).bound(), fast);
});

test('boots that read little raise the bound, and ones that read much lower it', () => {
  const [light, heavy] = [new Capacity(1000), new Capacity(1000)];
  const before = light.bound();
  for (let boot = 0; boot < 20; boot++) {
    light.learnBoot(40 * 2 ** 20);
    heavy.learnBoot(2 * 2 ** 30);
  }
  assert.ok(light.bound() > 2 * before);
  assert.ok(heavy.bound() < before / 2);
  for (let boot = 0; boot < 100; boot++) heavy.learnBoot(1e15);
  assert.equal(heavy.bound(), 1);
});

test('a target that has served more than was thought is trusted with more', () => {
  const capacity = new Capacity(100_000);
  const before = capacity.bound();
  capacity.learnRate(2 * 2 ** 30, 2);
  assert.ok(capacity.bound() > 2 * before);
  capacity.learnRate(1, 1);
  assert.ok(capacity.bound() > 2 * before);
});

test('an interface that is not there has no speed', () => {
  assert.equal(linkSpeed('nowhere0'), undefined);
});
