import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toId, toMac } from './mac-address.ts';

it('the three ways to write an address are read as one', () => {
  for (const text of ['0050.56AB.b4d8', '00:50:56:ab:B4:d8', '00-50-56-AB-B4-D8']) {
    assert.equal(toMac(text), '00:50:56:ab:b4:d8');
  }
});

it('what is no address is none, and as an id stays as it is', () => {
  for (const text of [
    '',
    '00:50:56:ab:b4',
    '0050.56ab',
    '005056abb4d8',
    'Ethernet1/1',
    '00:50:56:ab:b4:d8:00',
  ]) {
    assert.equal(toMac(text), undefined);
    assert.equal(toId(text), text);
  }
});
