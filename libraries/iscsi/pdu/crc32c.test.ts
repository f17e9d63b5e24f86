import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c, digestAt, putDigest } from './crc32c.ts';

/** RFC 7143 appendix A.4, whose digests are printed in the order of the wire. */
const VECTORS: [string, Uint8Array, string][] = [
  ['32 bytes of zeros', new Uint8Array(32), 'aa36918a'],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), '43aba862'],
  ['32 incrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => i), '4e79dd46'],
  ['32 decrementing bytes', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), '5cdb3f11'],
  [
    'an iSCSI read command',
    Buffer.from(
      '01c00000000000000000000000000000140000000000040000000014000000182800000000000000' + '0200000000000000',
      'hex',
    ),
    '563a96d9',
  ],
];

for (const [name, bytes, wire] of VECTORS) {
  test(`the digest of ${name} is the RFC's`, () => {
    const digest = new Uint8Array(4);
    putDigest(digest, 0, crc32c(bytes));
    assert.equal(Buffer.from(digest).toString('hex'), wire);
    assert.equal(digestAt(digest, 0), crc32c(bytes));
  });
}

test('a digest taken in two parts is the digest of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (bytes, cut) => {
      const at = bytes.length === 0 ? 0 : cut % (bytes.length + 1);
      assert.equal(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at)), crc32c(bytes));
    }),
  );
});
