import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Framing, frame, Unframer } from './framing.ts';

/** Feeds bytes in pieces of the given sizes, over and over. */
function unframe(bytes: Buffer, framing: Framing, sizes: number[]): string[] {
  const unframer = new Unframer();
  unframer.framing = framing;
  const messages: string[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    unframer.push(bytes.subarray(at, at + size));
    at += size;
    for (let next = unframer.next(); next !== undefined; next = unframer.next()) messages.push(next);
  }
  return messages;
}

it('messages come out as they went in, however they are cut on the way', () => {
  const message = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes(']]>'));
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
  fc.assert(
    fc.property(
      fc.array(message),
      sizes,
      fc.constantFrom<Framing>('mark', 'chunks'),
      (all, cuts, framing) => {
        const bytes = Buffer.concat(all.map((one) => frame(one, framing)));
        assert.deepEqual(unframe(bytes, framing, cuts), all);
      },
    ),
  );
});

it('a message may be in several chunks (RFC 6242, section 4.2)', () => {
  const bytes = Buffer.from('\n#4\n<rpc\n#18\n message-id="102"\n\n##\n');
  assert.deepEqual(unframe(bytes, 'chunks', [3]), ['<rpc message-id="102"\n']);
});

it('what is no chunk is refused', () => {
  for (const text of ['<rpc/>', '\n#0\nx', '\n#01\nx', '\n##\n', '\n#x\n', '\n#12345678901\n', '#4\n']) {
    assert.throws(() => unframe(Buffer.from(text), 'chunks', [100]), RangeError, text);
  }
});
