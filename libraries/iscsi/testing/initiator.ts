/**
 * A small initiator for tests: speaks through the library's own codec, keeps to the protocol only as far as it is
 * told to, and can send anything.
 */
import { connect, type Socket } from 'node:net';
import { chapResponse, formatBinary, parseBinary } from '../login/chap.ts';
import { BHS_LENGTH, dataLengthOf, Opcode, opcodeOf, padOf, RESERVED_TAG } from '../pdu/bhs.ts';
import { u32 } from '../pdu/bytes.ts';
import { crc32c, putDigest } from '../pdu/crc32c.ts';
import { parseDataIn } from '../pdu/data-in.ts';
import { writeDataOut } from '../pdu/data-out.ts';
import { Framer } from '../pdu/framer.ts';
import { type LoginResponse, parseLoginResponse, Stage, writeLoginRequest } from '../pdu/login.ts';
import { parseR2t } from '../pdu/r2t.ts';
import { writeScsiCommand } from '../pdu/scsi-command.ts';
import { parseScsiResponse, senseOf } from '../pdu/scsi-response.ts';
import { formatKeys, parseKeys } from '../pdu/text.ts';

export type Pdu = { header: Uint8Array; data: Uint8Array };

export type ScsiResult = { status: number; data: Buffer; sense: Uint8Array; residual: number };

export type LoginOptions = {
  initiator?: string;
  target?: string | undefined;
  discovery?: boolean;
  isid?: string;
  tsih?: number;
  /** Straight to the operational stage, as libiscsi does. */
  noSecurityStage?: boolean;
  chap?: { user: string; secret: string; mutual?: { secret: string } };
  keys?: Record<string, string>;
};

const WAIT_MS = 10_000;

export class TestInitiator {
  readonly socket: Socket;
  readonly #framer: Framer;
  readonly #inbox: Pdu[] = [];
  readonly #waiting: ((pdu: Pdu | undefined) => void)[] = [];
  cmdSn = 1;
  expStatSn = 1;
  itt = 1;
  digests = false;
  /** Keys of the last login response. */
  keys = new Map<string, string>();
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#framer = new Framer(
      {
        dataBuffer: (_header, _at, length) => new Uint8Array(length),
        pdu: (header, at, data) => {
          const pdu = { header: header.slice(at, at + BHS_LENGTH), data };
          const waiter = this.#waiting.shift();
          if (waiter) waiter(pdu);
          else this.#inbox.push(pdu);
        },
      },
      1 << 24,
    );
    socket.on('data', (chunk) => this.#framer.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      for (const waiter of this.#waiting.splice(0)) waiter(undefined);
    });
  }

  static connect(port: number): Promise<TestInitiator> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new TestInitiator(socket)));
    });
  }

  /** The next PDU; undefined when the target closed the connection. */
  receive(): Promise<Pdu | undefined> {
    const pdu = this.#inbox.shift();
    if (pdu !== undefined || this.closed) return Promise.resolve(pdu);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('No PDU came.')), WAIT_MS);
      this.#waiting.push((got) => {
        clearTimeout(timer);
        resolve(got);
      });
    });
  }

  async receiveKind(opcode: number): Promise<Pdu> {
    const pdu = await this.receive();
    if (pdu === undefined) throw new Error('The target closed the connection.');
    if (opcodeOf(pdu.header) !== opcode) {
      throw new Error(`Opcode 0x${opcodeOf(pdu.header).toString(16)} instead of 0x${opcode.toString(16)}.`);
    }
    return pdu;
  }

  /** Resolves when the target has closed the connection. */
  async ended(): Promise<void> {
    while ((await this.receive()) !== undefined);
  }

  send(header: Uint8Array, data?: Uint8Array): void {
    this.socket.write(this.encode(header, data));
  }

  /** The whole PDU, with pad and digests. */
  encode(header: Uint8Array, data: Uint8Array = new Uint8Array(0)): Buffer {
    const parts: Uint8Array[] = [header];
    const digest = (bytes: Uint8Array) => {
      const b = new Uint8Array(4);
      putDigest(b, 0, crc32c(bytes));
      return b;
    };
    if (this.digests) parts.push(digest(header));
    if (data.length > 0) {
      const padded = Buffer.concat([data, Buffer.alloc(padOf(data.length))]);
      parts.push(padded);
      if (this.digests) parts.push(digest(padded));
    }
    return Buffer.concat(parts);
  }

  // --- Login -----------------------------------------------------------------------------------------------------

  async loginStep(step: {
    stage: number;
    next?: number;
    keys: Record<string, string>;
    isid?: string;
    tsih?: number;
  }): Promise<LoginResponse> {
    const header = new Uint8Array(BHS_LENGTH);
    const data = formatKeys(Object.entries(step.keys));
    writeLoginRequest(
      {
        transit: step.next !== undefined,
        more: false,
        currentStage: step.stage,
        nextStage: step.next ?? 0,
        versionMax: 0,
        versionMin: 0,
        isid: step.isid ?? '00023d000001',
        tsih: step.tsih ?? 0,
        itt: 0,
        cid: 0,
        cmdSn: this.cmdSn,
        expStatSn: this.expStatSn,
      },
      data.length,
      header,
    );
    this.send(header, data);
    const pdu = await this.receiveKind(Opcode.LoginResponse);
    const response = parseLoginResponse(pdu.header);
    this.keys = parseKeys(pdu.data);
    this.expStatSn = response.statSn + 1;
    return response;
  }

  /** The last response, which may be a refusal. */
  async login(options: LoginOptions = {}): Promise<LoginResponse> {
    const names = {
      InitiatorName: options.initiator ?? 'iqn.2026-01.org.example:node-1',
      ...(options.discovery
        ? { SessionType: 'Discovery' }
        : { SessionType: 'Normal', TargetName: options.target ?? '' }),
    };
    const ids = { ...(options.isid ? { isid: options.isid } : {}), tsih: options.tsih ?? 0 };
    const operational = { MaxRecvDataSegmentLength: '262144', ...options.keys };
    if (options.noSecurityStage) {
      return this.#finish(
        await this.loginStep({
          stage: Stage.Operational,
          next: Stage.FullFeature,
          keys: { ...names, ...operational },
          ...ids,
        }),
      );
    }
    const method = options.chap ? 'CHAP' : 'None';
    const security = { stage: Stage.Security, next: Stage.Operational, ...ids };
    let response = await this.loginStep({ ...security, keys: { ...names, AuthMethod: method } });
    if (options.chap && response.status === 0) {
      response = await this.loginStep({ ...security, keys: { CHAP_A: '5' } });
      const challenge = parseBinary(this.keys.get('CHAP_C')!);
      const answer = chapResponse('5', Number(this.keys.get('CHAP_I')), options.chap.secret, challenge);
      const mine = Buffer.alloc(16, 7);
      const mutual: Record<string, string> = options.chap.mutual
        ? { CHAP_I: '9', CHAP_C: formatBinary(mine) }
        : {};
      response = await this.loginStep({
        ...security,
        keys: { CHAP_N: options.chap.user, CHAP_R: formatBinary(answer), ...mutual },
      });
      if (options.chap.mutual && response.status === 0) {
        const proof = chapResponse('5', 9, options.chap.mutual.secret, mine);
        if (this.keys.get('CHAP_R') !== formatBinary(proof))
          throw new Error('The target did not prove itself.');
      }
    }
    if (response.status !== 0 || !response.transit) return response;
    return this.#finish(
      await this.loginStep({ stage: Stage.Operational, next: Stage.FullFeature, keys: operational, ...ids }),
    );
  }

  #finish(response: LoginResponse): LoginResponse {
    if (response.status === 0 && this.keys.get('HeaderDigest') === 'CRC32C') {
      this.digests = true;
      this.#framer.headerDigest = true;
      this.#framer.dataDigest = true;
    }
    return response;
  }

  // --- SCSI ------------------------------------------------------------------------------------------------------

  /** Sends a command; returns its tag. */
  command(
    cdb: readonly number[],
    options: {
      read?: number;
      write?: number;
      immediate?: Uint8Array;
      final?: boolean;
      attribute?: number;
      lun?: number;
    } = {},
  ): number {
    const header = new Uint8Array(BHS_LENGTH);
    const itt = this.itt++;
    const data = options.immediate ?? new Uint8Array(0);
    writeScsiCommand(
      {
        immediate: false,
        final: options.final ?? true,
        read: options.read !== undefined,
        write: options.write !== undefined,
        attribute: options.attribute ?? 1,
        lun: options.lun ?? 0,
        itt,
        expectedLength: options.read ?? options.write ?? 0,
        cmdSn: this.cmdSn++,
        expStatSn: this.expStatSn,
        cdb: Uint8Array.from([...cdb, ...new Array<number>(16 - cdb.length).fill(0)]),
      },
      data.length,
      header,
    );
    this.send(header, data);
    return itt;
  }

  dataOut(
    options: { itt: number; ttt?: number; dataSn: number; offset: number; final: boolean },
    data: Uint8Array,
  ): void {
    const header = new Uint8Array(BHS_LENGTH);
    writeDataOut(
      {
        final: options.final,
        lun: 0,
        itt: options.itt,
        ttt: options.ttt ?? RESERVED_TAG,
        expStatSn: this.expStatSn,
        dataSn: options.dataSn,
        bufferOffset: options.offset,
      },
      data.length,
      header,
    );
    this.send(header, data);
  }

  /** Gathers Data-In and the response of one command; answers R2Ts from `out`, in PDUs of `segment` bytes. */
  async result(itt: number, out: Uint8Array = new Uint8Array(0), segment = 65536): Promise<ScsiResult> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const pdu = await this.receive();
      if (pdu === undefined) throw new Error('The target closed the connection.');
      if (u32(pdu.header, 16) !== itt) continue;
      switch (opcodeOf(pdu.header)) {
        case Opcode.DataIn: {
          const dataIn = parseDataIn(pdu.header);
          parts.push(pdu.data.slice(0, dataLengthOf(pdu.header)));
          if (dataIn.status === undefined) break;
          this.expStatSn = dataIn.statSn + 1;
          return {
            status: dataIn.status,
            data: Buffer.concat(parts),
            sense: new Uint8Array(0),
            residual: dataIn.residual,
          };
        }
        case Opcode.ReadyToTransfer: {
          const r2t = parseR2t(pdu.header);
          const end = r2t.bufferOffset + r2t.desiredLength;
          for (let at = r2t.bufferOffset, dataSn = 0; at < end; at += segment, dataSn += 1) {
            const piece = out.subarray(at, Math.min(at + segment, end));
            this.dataOut({ itt, ttt: r2t.ttt, dataSn, offset: at, final: at + segment >= end }, piece);
          }
          break;
        }
        case Opcode.ScsiResponse: {
          const response = parseScsiResponse(pdu.header);
          this.expStatSn = response.statSn + 1;
          return {
            status: response.status,
            data: Buffer.concat(parts),
            sense: senseOf(pdu.data),
            residual: response.residual,
          };
        }
        default:
          throw new Error(`Opcode 0x${opcodeOf(pdu.header).toString(16)} out of turn.`);
      }
    }
  }

  read(lba: number, blocks: number): Promise<ScsiResult> {
    return this.result(this.command(cdb10(0x28, lba, blocks), { read: blocks * 512 }));
  }

  /** With everything solicited by R2T. */
  write(lba: number, data: Uint8Array): Promise<ScsiResult> {
    return this.result(this.command(cdb10(0x2a, lba, data.length / 512), { write: data.length }), data);
  }

  testUnitReady(): Promise<ScsiResult> {
    return this.result(this.command([0]));
  }

  destroy(): void {
    this.socket.destroy();
  }
}

export const cdb10 = (opcode: number, lba: number, blocks: number, flags = 0): number[] => [
  opcode,
  flags,
  (lba >>> 24) & 0xff,
  (lba >>> 16) & 0xff,
  (lba >>> 8) & 0xff,
  lba & 0xff,
  0,
  (blocks >>> 8) & 0xff,
  blocks & 0xff,
  0,
];

/** Sense key and additional sense code of fixed-format sense data. */
export const senseCode = (sense: Uint8Array): string =>
  `${(sense[2]! & 0x0f).toString(16)}/${Buffer.from(sense.subarray(12, 14)).toString('hex')}`;
