/** Bytes that real initiators sent: iPXE 1.0.0+ (Debian 12) and open-iscsi 2.1.8, logging in to this target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chapResponse, formatBinary, parseBinary } from '../login/chap.ts';
import { parseLoginRequest, Stage } from './login.ts';
import { parseScsiCommand } from './scsi-command.ts';
import { parseKeys } from './text.ts';

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex');

test("iPXE's first Login Request", () => {
  const request = parseLoginRequest(
    bytes(
      '4381000000000077 40002723b8340000 18ae000100000000 0000000000000001 00000000000000000000000000000000',
    ),
  );
  assert.deepEqual(request, {
    transit: true,
    more: false,
    currentStage: Stage.Security,
    nextStage: Stage.Operational,
    versionMax: 0,
    versionMin: 0,
    isid: '40002723b834',
    tsih: 0,
    itt: 0x18ae0001,
    cid: 0,
    cmdSn: 0,
    expStatSn: 1,
  });
  const keys = parseKeys(
    Buffer.from(
      'InitiatorName=iqn.2026-01.org.example:guest\0TargetName=iqn.2026-01.org.bullion:disk\0' +
        'SessionType=Normal\0AuthMethod=CHAP\0',
    ),
  );
  assert.deepEqual([...keys.keys()], ['InitiatorName', 'TargetName', 'SessionType', 'AuthMethod']);
});

test("open-iscsi's operational Login Request asks for the full feature phase", () => {
  const request = parseLoginRequest(
    bytes(
      '4387000000000137 00023d0000010000 0000000000000000 0000000000000003 00000000000000000000000000000000',
    ),
  );
  assert.equal(request.transit, true);
  assert.deepEqual([request.currentStage, request.nextStage], [Stage.Operational, Stage.FullFeature]);
  assert.equal(request.isid, '00023d000001');
});

test("iPXE's CHAP response, and the proof that it accepted from this target", () => {
  const challenge = parseBinary('0xdc641f526940b80654c83c984b112fae');
  assert.equal(
    formatBinary(chapResponse('5', 112, 'secret-secret-1', challenge)),
    '0x37c19b77071fa164044acfa6cb2edfbd',
  );
  const theirs = parseBinary('0x63b9973d7c63b5a2253203a14342ca06');
  assert.equal(
    formatBinary(chapResponse('5', 5, 'target-secret-2', theirs)),
    '0xf4ce3c71746c469022f80b01977a5a21',
  );
});

test("iPXE's READ (10) of four blocks at 64", () => {
  const command = parseScsiCommand(
    bytes(
      '01c1000000000000 0000000000000000 18ae000400000800 0000000200000007 2800000000400000 0400000000000000',
    ),
  );
  assert.equal(command.read, true);
  assert.equal(command.write, false);
  assert.equal(command.expectedLength, 2048);
  assert.equal(command.cmdSn, 2);
  assert.equal(command.lun, 0);
  assert.deepEqual([...command.cdb.subarray(0, 10)], [0x28, 0, 0, 0, 0, 0x40, 0, 0, 4, 0]);
});

test("Linux's INQUIRY for the list of its pages", () => {
  const command = parseScsiCommand(
    bytes(
      '01c1000000000000 0000000000000000 0500000000000004 0000000400000008 1201000004000000 0000000000000000',
    ),
  );
  assert.deepEqual([command.read, command.final, command.attribute], [true, true, 1]);
  assert.equal(command.cdb[0], 0x12);
});
