import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { freeAddress, networkOf } from './addresses.ts';

const octet = fc.integer({ min: 0, max: 255 });
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const prefix = fc.integer({ min: 20, max: 29 });
const asNumber = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Every address that a node may have in the network of `service`. */
function usable(service: string, bits: number): string[] {
  const size = 2 ** (32 - bits);
  const base = asNumber(service) - (asNumber(service) % size);
  return Array.from({ length: size - 2 }, (_, index) => base + index + 1)
    .map((value) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.'))
    .filter((text) => text !== service);
}

test('the network of an address is its address with the host part cut off', () => {
  assert.equal(networkOf('10.10.0.1', 24), '10.10.0.0');
  assert.equal(networkOf('192.168.77.200', 26), '192.168.77.192');
  assert.equal(networkOf('255.255.255.255', 1), '128.0.0.0');
  assert.equal(networkOf('1.2.3.4', 0), '0.0.0.0');
});

test('addresses are given out from the bottom, past the service', () => {
  assert.equal(freeAddress('10.0.0.1', 24, { taken: new Set() }), '10.0.0.2');
  assert.equal(freeAddress('10.0.0.2', 24, { taken: new Set(['10.0.0.1']) }), '10.0.0.3');
});

test('a node gets the address that it had, unless that is taken', () => {
  assert.equal(freeAddress('10.0.0.1', 24, { taken: new Set(), own: '10.0.0.9' }), '10.0.0.9');
  assert.equal(freeAddress('10.0.0.1', 24, { taken: new Set(['10.0.0.9']), own: '10.0.0.9' }), '10.0.0.2');
});

test('an address from another network is not given out again', () => {
  const use = { taken: new Set<string>(), own: '10.9.9.9', recent: ['10.8.8.8'] };
  assert.equal(freeAddress('10.0.0.1', 24, use), '10.0.0.2');
});

test('of the addresses that others had, the one free for longest is given out', () => {
  const recent = ['10.0.0.3', '10.0.0.4', '10.0.0.2', '10.0.0.5', '10.0.0.6'];
  assert.equal(freeAddress('10.0.0.1', 29, { taken: new Set(['10.0.0.6']), recent }), '10.0.0.5');
});

test('an address is of the network, free, and not the service; when there is none, that is said', () => {
  fc.assert(
    fc.property(address, prefix, fc.infiniteStream(fc.boolean()), (service, bits, coins) => {
      const all = usable(service, bits);
      const pick = () => all.filter(() => coins.next().value);
      const taken = new Set(pick());
      const recent = pick();
      if (all.every((one) => taken.has(one))) {
        assert.throws(() => freeAddress(service, bits, { taken, recent }), { code: 'addresses_exhausted' });
        return;
      }
      const found = freeAddress(service, bits, { taken, recent });
      assert.ok(all.includes(found) && !taken.has(found));
    }),
    { numRuns: 60 },
  );
});

test('every address is given out once, and then no more', () => {
  const taken = new Set<string>();
  for (const _ of usable('10.0.0.3', 28)) taken.add(freeAddress('10.0.0.3', 28, { taken }));
  assert.deepEqual([...taken].sort(), usable('10.0.0.3', 28).sort());
  assert.throws(() => freeAddress('10.0.0.3', 28, { taken }), { code: 'addresses_exhausted' });
});
