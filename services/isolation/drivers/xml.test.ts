import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { childOf, childrenOf, escapeXml, parseXml } from './xml.ts';

it('elements, attributes, text, comments, CDATA and prefixes are read', () => {
  const root = parseXml(
    `<?xml version="1.0"?>\n<nc:a x='1' y="&lt;2"><!-- <b> --><b>one &amp; &#x74;wo</b><b/><c><![CDATA[<d>]]></c></nc:a>\n`,
  );
  assert.equal(root.name, 'a');
  assert.deepEqual(
    [...root.attributes],
    [
      ['x', '1'],
      ['y', '<2'],
    ],
  );
  assert.deepEqual(
    childrenOf(root, 'b').map(({ text }) => text),
    ['one & two', ''],
  );
  assert.equal(childOf(root, 'c')?.text, '<d>');
  assert.equal(childOf(root, 'c', 'e'), undefined);
});

it('text survives', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(parseXml(`<a>${escapeXml(text)}</a>`).text, text.trim());
      assert.equal(parseXml(`<a b="${escapeXml(text)}"/>`).attributes.get('b'), text);
    }),
  );
});

it('what is not well-formed is refused', () => {
  const wrong = [
    '',
    'text',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a b=1/>',
    '<a b="1" b="2"/>',
    '<a>&x;</a>',
    '<a>&</a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a/>',
    '<a b="<"/>',
    '<1/>',
    '<a>&#x110000;</a>',
    '</a>',
    '<a',
    '<a><![CDATA[</a>',
  ];
  for (const text of wrong) assert.throws(() => parseXml(text), SyntaxError, text);
  assert.throws(() => parseXml('<a>'.repeat(1000)), SyntaxError);
});

it('it ends on anything, with a value or a SyntaxError', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    '="',
    "'",
    '&',
    ';',
    '#',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        parseXml(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
  );
});
