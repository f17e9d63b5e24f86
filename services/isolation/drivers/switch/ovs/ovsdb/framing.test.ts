import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { JsonTextSplitter } from './framing.ts';

const text = fc.oneof(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.array(fc.jsonValue()));

it('any texts, in any pieces, with any space between them, come out as they went in', () => {
  fc.assert(
    fc.property(
      fc.array(text),
      fc.constantFrom('', ' ', '\r\n\t'),
      fc.integer({ min: 1, max: 9 }),
      (texts, space, size) => {
        const stream = Buffer.from(texts.map((one) => JSON.stringify(one)).join(space));
        const splitter = new JsonTextSplitter();
        const found: unknown[] = [];
        for (let at = 0; at < stream.length; at += size)
          found.push(...splitter.push(stream.subarray(at, at + size)));
        assert.deepEqual(found, JSON.parse(JSON.stringify(texts)));
      },
    ),
  );
});

it('brackets and quotes inside strings end nothing', () => {
  const tricky = { 'a"}]\\': '{[\\"', b: ['}', '\\'] };
  assert.deepEqual(new JsonTextSplitter().push(Buffer.from(JSON.stringify(tricky).repeat(2))), [
    tricky,
    tricky,
  ]);
});

it('what is no JSON object or array is refused', () => {
  for (const junk of ['HTTP/1.1 200 OK', '}', '"text"', '42', '{"a":}', '{]']) {
    assert.throws(() => new JsonTextSplitter().push(Buffer.from(junk)), junk);
  }
});
