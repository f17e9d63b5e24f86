import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_PARAMETERS, negotiate } from './negotiation.ts';

const fresh = () => ({ ...DEFAULT_PARAMETERS });

/** Key, offer, answer in a normal session, answer in a discovery session (undefined: none is due). */
const TABLE: [string, string, string | undefined, string | undefined][] = [
  ['HeaderDigest', 'CRC32C,None', 'CRC32C', 'CRC32C'],
  ['HeaderDigest', 'None,CRC32C', 'None', 'None'],
  ['HeaderDigest', 'SHA', 'Reject', 'Reject'],
  ['DataDigest', 'X-mine,CRC32C', 'CRC32C', 'CRC32C'],
  ['MaxConnections', '8', '1', 'Irrelevant'],
  ['InitialR2T', 'No', 'No', 'Irrelevant'],
  ['InitialR2T', 'Yes', 'Yes', 'Irrelevant'],
  ['ImmediateData', 'No', 'No', 'Irrelevant'],
  ['ImmediateData', 'Maybe', 'Reject', 'Irrelevant'],
  ['MaxRecvDataSegmentLength', '65536', undefined, undefined],
  ['MaxRecvDataSegmentLength', '511', 'Reject', 'Reject'],
  ['MaxBurstLength', '16776192', '1048576', 'Irrelevant'],
  ['MaxBurstLength', '0x1000', '4096', 'Irrelevant'],
  ['FirstBurstLength', '1', 'Reject', 'Irrelevant'],
  ['DefaultTime2Wait', '2', '2', '2'],
  ['DefaultTime2Retain', '20', '0', '0'],
  ['MaxOutstandingR2T', '16', '1', 'Irrelevant'],
  ['DataPDUInOrder', 'No', 'Yes', 'Irrelevant'],
  ['DataSequenceInOrder', 'No', 'Yes', 'Irrelevant'],
  ['ErrorRecoveryLevel', '2', '0', '0'],
  ['TaskReporting', 'FastAbort,RFC3720', 'RFC3720', 'Irrelevant'],
  ['iSCSIProtocolLevel', '2', '1', 'Irrelevant'],
  ['IFMarker', 'Yes', 'No', 'No'],
  ['OFMarkInt', '1~2', 'Reject', 'Reject'],
  ['X-com.example.key', '1', 'NotUnderstood', 'NotUnderstood'],
  ['__proto__', '1', 'NotUnderstood', 'NotUnderstood'],
  ['InitiatorAlias', 'me', undefined, undefined],
];

for (const [key, offer, normal, discovery] of TABLE) {
  test(`${key}=${offer} is answered ${normal ?? 'by nothing'}`, () => {
    assert.equal(negotiate(key, offer, fresh(), 'Normal'), normal);
    assert.equal(negotiate(key, offer, fresh(), 'Discovery'), discovery);
  });
}

test('a rejected value changes nothing', () => {
  const parameters = fresh();
  for (const [key, offer, answer] of TABLE)
    if (answer === 'Reject') negotiate(key, offer, parameters, 'Normal');
  assert.deepEqual(parameters, DEFAULT_PARAMETERS);
});

test('any key with any value is answered, and the parameters stay in their ranges', () => {
  const keys = fc.oneof(fc.constantFrom(...TABLE.map(([key]) => key)), fc.string());
  const values = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.constantFrom('Yes', 'No', '0x', '1e3', '-1', ''),
  );
  fc.assert(
    fc.property(keys, values, (key, value) => {
      const p = fresh();
      negotiate(key, value, p, 'Normal');
      assert.ok(p.initiatorMaxRecv >= 512 && p.initiatorMaxRecv <= 0xffffff);
      assert.ok(p.maxBurstLength >= 512 && p.maxBurstLength <= 1048576);
      assert.ok(p.firstBurstLength >= 512 && p.firstBurstLength <= 262144);
      assert.equal(p.maxOutstandingR2T, 1);
    }),
  );
});
