import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PlainText, plainLines } from './plain-text.ts';

test('nothing that a server prints drives the terminal', () => {
  assert.equal(
    plainLines('\u001b[=3h\u001b[1;31mred\u001b[0m\r\nnext\tx\u0007\u001b]0;title\u0007\u001bc.'),
    'red\nnext    x.',
  );
});

test('what comes in pieces reads as what comes at once', () => {
  const word = fc.constantFrom(
    '\u001b',
    '[',
    '1;31',
    'm',
    ']0;t',
    '\u0007',
    '\\',
    '\r',
    '\n',
    'é🦊',
    'x',
    ' ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(word), fc.array(fc.nat(40)), (words, cuts) => {
      const bytes = Buffer.from(words.join(''));
      const plain = new PlainText();
      let text = '';
      let from = 0;
      for (const cut of cuts) {
        text += plain.add(bytes.subarray(from, from + cut));
        from += cut;
      }
      text += plain.add(bytes.subarray(from)) + plain.end();
      assert.doesNotMatch(text, /(?!\n)\p{Cc}/u);
      assert.equal(text, plainLines(bytes.toString()));
    }),
  );
});

test('a sequence without an end holds nothing back for ever', () => {
  const plain = new PlainText();
  assert.equal(plain.add(Buffer.from('\u001b]0;')), '');
  assert.match(plain.add(Buffer.from('x'.repeat(5000))), /x{5000}/);
});
