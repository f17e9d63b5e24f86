import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PduError } from '../errors.ts';
import { FrameFormat } from '../transport/frame.ts';
import { BHS_LENGTH, dataLengthOf, ittOf } from './bhs.ts';
import { writeDataOut } from './data-out.ts';
import { Framer } from './framer.ts';

type Sent = { itt: number; data: Uint8Array };

/** A stream of Data-Out PDUs as an initiator would put it on the wire. */
function stream(pdus: readonly Sent[], digests: boolean): Buffer {
  const format = new FrameFormat();
  format.headerDigest = digests;
  format.dataDigest = digests;
  return Buffer.concat(
    pdus.map(({ itt, data }) => {
      const b = new Uint8Array(format.length(data.length));
      const fields = { final: true, lun: 0, itt, ttt: 1, expStatSn: 2, dataSn: 3, bufferOffset: 4 };
      writeDataOut(fields, data.length, b);
      b.set(data, format.dataAt);
      format.seal(b, 0, data.length);
      return b;
    }),
  );
}

function receiver(digests: boolean, limit = 1 << 20) {
  const got: Sent[] = [];
  const framer = new Framer(
    {
      dataBuffer: (_header, _at, length) => new Uint8Array(length),
      pdu: (header, at, data) => {
        assert.equal(dataLengthOf(header, at), data.length);
        got.push({ itt: ittOf(header, at), data });
      },
    },
    limit,
  );
  framer.headerDigest = digests;
  framer.dataDigest = digests;
  return { framer, got };
}

const PDUS = fc.array(fc.record({ itt: fc.nat(), data: fc.uint8Array({ maxLength: 300 }) }), {
  minLength: 1,
  maxLength: 8,
});

test('PDUs come out whole however the stream is cut', () => {
  fc.assert(
    fc.property(
      PDUS,
      fc.boolean(),
      fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 60 }),
      (pdus, digests, cuts) => {
        const bytes = stream(pdus, digests);
        const { framer, got } = receiver(digests);
        let at = 0;
        for (const cut of cuts) {
          // The chunk's memory is used again, as a socket's buffer is.
          const chunk = Uint8Array.from(bytes.subarray(at, at + cut));
          framer.push(chunk);
          chunk.fill(0xee);
          at += cut;
        }
        framer.push(bytes.subarray(at));
        assert.deepEqual(
          got.map((p) => [p.itt, [...p.data]]),
          pdus.map((p) => [p.itt, [...p.data]]),
        );
      },
    ),
  );
});

test('one flipped bit anywhere is found by a digest', () => {
  const pdus = [{ itt: 1, data: Uint8Array.from({ length: 30 }, (_, i) => i) }];
  fc.assert(
    fc.property(fc.nat({ max: 30 + 2 + 8 + BHS_LENGTH - 1 }), fc.nat({ max: 7 }), (byte, bit) => {
      const bytes = stream(pdus, true);
      bytes[byte]! ^= 1 << bit;
      const { framer, got } = receiver(true);
      try {
        framer.push(bytes);
      } catch (error) {
        assert.ok(error instanceof PduError);
        assert.ok(error.code === 'digest_mismatch' || error.code === 'pdu_too_large');
        return;
      }
      // A length that was made larger leaves the framer waiting for the rest.
      assert.equal(got.length, 0);
    }),
  );
});

test('a data segment above the limit is refused from its header alone', () => {
  const { framer } = receiver(false, 100);
  const bytes = stream([{ itt: 1, data: new Uint8Array(101) }], false);
  assert.throws(
    () => framer.push(bytes.subarray(0, BHS_LENGTH)),
    (error: PduError) => error.code === 'pdu_too_large',
  );
});

test('a suspended framer keeps what follows until it is resumed', () => {
  const { framer, got } = receiver(false);
  const bytes = stream(
    [1, 2, 3].map((itt) => ({ itt, data: new Uint8Array(10).fill(itt) })),
    false,
  );
  framer.push(bytes.subarray(0, 70));
  framer.suspend();
  framer.push(bytes.subarray(70, 100));
  framer.push(bytes.subarray(100));
  assert.equal(got.length, 1);
  framer.resume();
  framer.push(new Uint8Array(0));
  assert.deepEqual(
    got.map((p) => p.itt),
    [1, 2, 3],
  );
});
