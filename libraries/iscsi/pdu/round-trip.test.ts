/** Whatever a writer writes, its parser reads back; and a parser throws its typed error on anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PduError } from '../errors.ts';
import { parseAsyncMessage, writeAsyncMessage } from './async-message.ts';
import { BHS_LENGTH, dataLengthOf, MAX_HEADER_LENGTH } from './bhs.ts';
import { type DataIn, parseDataIn, writeDataIn } from './data-in.ts';
import { parseDataOut, writeDataOut } from './data-out.ts';
import { parseLoginRequest, parseLoginResponse, writeLoginRequest, writeLoginResponse } from './login.ts';
import {
  parseLogoutRequest,
  parseLogoutResponse,
  writeLogoutRequest,
  writeLogoutResponse,
} from './logout.ts';
import { parseNopIn, parseNopOut, writeNopIn, writeNopOut } from './nop.ts';
import { parseR2t, writeR2t } from './r2t.ts';
import { parseReject, writeReject } from './reject.ts';
import { parseScsiCommand, writeScsiCommand } from './scsi-command.ts';
import { parseScsiResponse, writeScsiResponse } from './scsi-response.ts';
import {
  parseTaskManagementRequest,
  parseTaskManagementResponse,
  writeTaskManagementRequest,
  writeTaskManagementResponse,
} from './task-management.ts';
import {
  formatKeys,
  parseKeys,
  parseTextRequest,
  parseTextResponse,
  writeTextRequest,
  writeTextResponse,
} from './text.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u8 = fc.integer({ min: 0, max: 0xff });
const flag = fc.boolean();
const lun = fc.integer({ min: 0, max: 0x3fff });
const length = fc.integer({ min: 0, max: 0xffffff });
const residual = fc.integer({ min: -0xffffffff, max: 0xffffffff }).filter((n) => !Object.is(n, -0));
const isid = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((b) => Buffer.from(b).toString('hex'));
const stage = fc.constantFrom(0, 1, 3);
const sequence = { statSn: u32, expCmdSn: u32, maxCmdSn: u32 };

type Codec<T> = {
  fields: fc.Arbitrary<T>;
  write: (value: T, dataLength: number, b: Uint8Array, at: number) => unknown;
  parse: (b: Uint8Array, at: number) => T;
};

/** The writers without a data segment take no length. */
const bare =
  <T>(write: (value: T, b: Uint8Array, at: number) => unknown) =>
  (value: T, _length: number, b: Uint8Array, at: number) =>
    write(value, b, at);

// biome-ignore lint/suspicious/noExplicitAny: the families have different fields; each row is checked on its own.
const CODECS: Record<string, Codec<any>> = {
  'Login Request': {
    fields: fc
      .record({
        transit: flag,
        more: flag,
        currentStage: stage,
        nextStage: stage,
        versionMax: u8,
        versionMin: u8,
        isid,
        tsih: u16,
        itt: u32,
        cid: u16,
        cmdSn: u32,
        expStatSn: u32,
      })
      .filter((p) => !(p.transit && p.more)),
    write: writeLoginRequest,
    parse: parseLoginRequest,
  },
  'Login Response': {
    fields: fc.record({
      transit: flag,
      more: flag,
      currentStage: stage,
      nextStage: stage,
      versionMax: u8,
      versionActive: u8,
      isid,
      tsih: u16,
      itt: u32,
      status: u16,
      ...sequence,
    }),
    write: writeLoginResponse,
    parse: parseLoginResponse,
  },
  'Text Request': {
    fields: fc
      .record({
        immediate: flag,
        final: flag,
        more: flag,
        lun,
        itt: u32,
        ttt: u32,
        cmdSn: u32,
        expStatSn: u32,
      })
      .filter((p) => !(p.final && p.more)),
    write: writeTextRequest,
    parse: parseTextRequest,
  },
  'Text Response': {
    fields: fc.record({ final: flag, more: flag, itt: u32, ttt: u32, ...sequence }),
    write: writeTextResponse,
    parse: parseTextResponse,
  },
  'SCSI Command': {
    fields: fc.record({
      immediate: flag,
      final: flag,
      read: flag,
      write: flag,
      attribute: fc.integer({ min: 0, max: 4 }),
      lun,
      itt: u32,
      expectedLength: u32,
      cmdSn: u32,
      expStatSn: u32,
      cdb: fc.uint8Array({ minLength: 16, maxLength: 260 }),
    }),
    write: writeScsiCommand,
    parse: parseScsiCommand,
  },
  'SCSI Response': {
    fields: fc.record({ response: u8, status: u8, itt: u32, expDataSn: u32, residual, ...sequence }),
    write: writeScsiResponse,
    parse: parseScsiResponse,
  },
  'Data-In': {
    fields: fc
      .record({
        final: flag,
        status: fc.option(u8, { nil: undefined }),
        itt: u32,
        dataSn: u32,
        bufferOffset: u32,
        residual,
        ...sequence,
      })
      // Without a status there is neither StatSN nor residual.
      .map((p): DataIn => (p.status === undefined ? { ...p, statSn: 0, residual: 0 } : p)),
    write: writeDataIn,
    parse: parseDataIn,
  },
  'Data-Out': {
    fields: fc.record({
      final: flag,
      lun,
      itt: u32,
      ttt: u32,
      expStatSn: u32,
      dataSn: u32,
      bufferOffset: u32,
    }),
    write: writeDataOut,
    parse: parseDataOut,
  },
  R2T: {
    fields: fc.record({
      lun,
      itt: u32,
      ttt: u32,
      r2tSn: u32,
      bufferOffset: u32,
      desiredLength: u32,
      ...sequence,
    }),
    write: bare(writeR2t),
    parse: parseR2t,
  },
  'NOP-Out': {
    fields: fc.record({ immediate: flag, lun, itt: u32, ttt: u32, cmdSn: u32, expStatSn: u32 }),
    write: writeNopOut,
    parse: parseNopOut,
  },
  'NOP-In': {
    fields: fc.record({ lun, itt: u32, ttt: u32, ...sequence }),
    write: writeNopIn,
    parse: parseNopIn,
  },
  'Task Management Request': {
    fields: fc.record({
      immediate: flag,
      function: fc.integer({ min: 0, max: 0x7f }),
      lun,
      itt: u32,
      referencedTag: u32,
      cmdSn: u32,
      expStatSn: u32,
      refCmdSn: u32,
      expDataSn: u32,
    }),
    write: bare(writeTaskManagementRequest),
    parse: parseTaskManagementRequest,
  },
  'Task Management Response': {
    fields: fc.record({ response: u8, itt: u32, ...sequence }),
    write: bare(writeTaskManagementResponse),
    parse: parseTaskManagementResponse,
  },
  'Logout Request': {
    fields: fc.record({
      immediate: flag,
      reason: fc.integer({ min: 0, max: 0x7f }),
      itt: u32,
      cid: u16,
      cmdSn: u32,
      expStatSn: u32,
    }),
    write: bare(writeLogoutRequest),
    parse: parseLogoutRequest,
  },
  'Logout Response': {
    fields: fc.record({ result: u8, itt: u32, time2Wait: u16, time2Retain: u16, ...sequence }),
    write: bare(writeLogoutResponse),
    parse: parseLogoutResponse,
  },
  'Asynchronous Message': {
    fields: fc.record({ lun, event: u8, parameters: fc.tuple(u16, u16, u16), ...sequence }),
    write: bare(writeAsyncMessage),
    parse: parseAsyncMessage,
  },
  Reject: {
    fields: fc.record({ reason: u8, dataSn: u32, ...sequence }),
    write: writeReject,
    parse: parseReject,
  },
};

for (const [name, codec] of Object.entries(CODECS)) {
  test(`${name}: what is written is read back, at any offset and over any earlier bytes`, () => {
    fc.assert(
      fc.property(codec.fields, length, fc.nat({ max: 9 }), u8, (value, dataLength, at, dirt) => {
        const b = new Uint8Array(at + MAX_HEADER_LENGTH).fill(dirt);
        codec.write(value, dataLength, b, at);
        // A copy, since fast-check's records have no prototype.
        assert.deepEqual(codec.parse(b, at), { ...value });
        assert.equal(
          b.subarray(0, at).every((byte) => byte === dirt),
          true,
        );
        assert.ok([dataLength, 0].includes(dataLengthOf(b, at)));
      }),
    );
  });

  test(`${name}: a short header and another opcode throw`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: BHS_LENGTH - 1 }), (b) => {
        assert.throws(() => codec.parse(b, 0), PduError);
      }),
    );
    assert.throws(() => codec.parse(new Uint8Array(BHS_LENGTH).fill(0x1c), 0), PduError);
  });

  test(`${name}: random bytes are parsed or refused, never anything else`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: BHS_LENGTH, maxLength: 400 }), (b) => {
        try {
          codec.parse(b, 0);
        } catch (error) {
          assert.ok(error instanceof PduError);
        }
      }),
    );
  });
}

test('text keys are read back as they were written', () => {
  const name = fc.stringMatching(/^[A-Z][A-Za-z0-9.]{0,20}$/);
  const value = fc.stringMatching(/^[a-zA-Z0-9.,:/=+ -]{0,50}$/);
  fc.assert(
    fc.property(fc.dictionary(name, value), (keys) => {
      assert.deepEqual(Object.fromEntries(parseKeys(formatKeys(Object.entries(keys)))), { ...keys });
    }),
  );
});

test('malformed text keys throw', () => {
  for (const text of ['NoEquals', 'A=1\0A=2', `${'K'.repeat(64)}=1`, '=1', 'a b=1']) {
    assert.throws(() => parseKeys(Buffer.from(text)), PduError);
  }
});

test('an AHS that is cut short, of length zero or of an unknown type throws', () => {
  const command = (ahs: number[]) => {
    const b = new Uint8Array(BHS_LENGTH + ahs.length);
    b[0] = 0x01;
    b[4] = Math.ceil(ahs.length / 4);
    b.set(ahs, BHS_LENGTH);
    return b;
  };
  assert.throws(() => parseScsiCommand(command([0, 0, 1, 0])), PduError);
  assert.throws(() => parseScsiCommand(command([0, 9, 1, 0])), PduError);
  assert.throws(() => parseScsiCommand(command([0, 1, 7, 0])), PduError);
  assert.throws(() => parseScsiCommand(command([0, 5, 1, 0, 1, 2, 3, 4]).subarray(0, 50)), PduError);
});
