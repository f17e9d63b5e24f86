import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOffer, encodeDiscover, pxeClient } from './packet.ts';
import { decodeAdvertise, encodeSolicit } from './packet6.ts';

/** dnsmasq 2.90 as a proxy, to the question below: no address, itself as the next server, iPXE's script. */
const PROXY_OFFER = Buffer.concat([
  Buffer.from('0201060000000007000080000000000000000000', 'hex'), // up to yiaddr
  Buffer.from('0a42000100000000525400000001', 'hex'), // siaddr, giaddr, MAC
  Buffer.alloc(10 + 64),
  Buffer.concat([Buffer.from('http://10.66.0.1/boot/x/script.ipxe')], 128),
  Buffer.from('6382536335010236040a4200013c09505845436c69656e74ff', 'hex'),
]);

test('an offer of a boot file and no address is one of a proxy', () => {
  assert.deepEqual(decodeOffer(PROXY_OFFER), {
    id: 7,
    mac: '52:54:00:00:00:01',
    serverId: '10.66.0.1',
    offered: undefined,
    bootFile: 'http://10.66.0.1/boot/x/script.ipxe',
    pxe: true,
  });
});

test('a question is as RFC 2131 draws it: broadcast answers, cookie, type, end', () => {
  const mac = Buffer.from('021122334455', 'hex');
  const bytes = encodeDiscover({ id: 0xdeadbeef, mac, says: pxeClient(7) });
  assert.ok(bytes.length >= 300);
  assert.equal(bytes.at(-1), 255, 'nothing is cut off');
  assert.equal(bytes.subarray(0, 12).toString('hex'), '01010600deadbeef00008000');
  assert.equal(bytes.subarray(28, 34).toString('hex'), '021122334455');
  assert.equal(bytes.subarray(236, 243).toString('hex'), '63825363350101');
  assert.ok(bytes.includes('PXEClient:Arch:00007:UNDI:002001'));
  assert.ok(bytes.includes(Buffer.from([93, 2, 0, 7])));
});

test('an IPv6 server is known by its own identifier and by what it would have given', () => {
  const bytes = Buffer.from(
    `02123456${'0001000a00030001021122334455'}${'0002000a000300015254000000ff'}${'0003002822334455000007080000 0c4e00050018fd0000660000000000000000000000 2100000e1000000e10'.replaceAll(
      ' ',
      '',
    )}003b000a${Buffer.from('tftp://x/y').toString('hex')}`,
    'hex',
  );
  assert.deepEqual(decodeAdvertise(bytes), {
    id: 0x123456,
    serverId: '000300015254000000ff',
    offered: 'fd00:66::21',
    bootFile: 'tftp://x/y',
  });
});

test('what is short, cut or of another kind is refused by a RangeError, and nothing else', () => {
  const solicit = encodeSolicit({ id: 1, mac: Buffer.alloc(6) });
  const discover = encodeDiscover({ id: 1, mac: Buffer.alloc(6) });
  for (const bytes of [Buffer.alloc(0), discover, PROXY_OFFER.subarray(0, -3), PROXY_OFFER.subarray(0, 200)])
    assert.throws(() => decodeOffer(bytes), RangeError);
  for (const bytes of [Buffer.alloc(3), solicit, Buffer.from([2, 0, 0, 1, 0, 1, 0, 9])])
    assert.throws(() => decodeAdvertise(bytes), RangeError);
  const spoilt = fc.tuple(fc.nat(PROXY_OFFER.length), fc.uint8Array({ maxLength: 80 }));
  fc.assert(
    fc.property(spoilt, ([at, noise]) => {
      for (const decode of [decodeOffer, decodeAdvertise]) {
        try {
          decode(
            Buffer.concat([
              decode === decodeOffer ? PROXY_OFFER.subarray(0, at) : Buffer.from([2, 0, 0, 1]),
              noise,
            ]),
          );
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error));
        }
      }
    }),
  );
});
