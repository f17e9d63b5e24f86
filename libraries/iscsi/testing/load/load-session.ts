/**
 * An initiator that costs as little as possible: for measuring servers, not for using them. Its PDUs are made from
 * templates, answers are read from one buffer that is used again and again, and read data is skipped, not looked at.
 */
import { connect, type Socket } from 'node:net';
import { BHS_LENGTH, dataLengthOf, Opcode, padOf } from '../../pdu/bhs.ts';
import { putU24, putU32, u32 } from '../../pdu/bytes.ts';
import { writeDataOut } from '../../pdu/data-out.ts';
import { parseR2t } from '../../pdu/r2t.ts';
import { type ChapCredentials, LoadLogin, type Negotiated } from './load-login.ts';

export type Operation =
  | { kind: 'read' | 'write'; offset: number; length: number }
  | { kind: 'flush'; offset?: undefined; length?: undefined };

export type LoadTarget = {
  host: string;
  port: number;
  name: string;
  lun: number;
  /** The address to come from, where the target looks at it. */
  localAddress?: string | undefined;
  chap?: ChapCredentials | undefined;
};

const BLOCK = 512;
const OUT_SLAB = 256 << 10;
/** All sessions read into one buffer: what is in it is done with before anything else is read. */
const RECEIVED = Buffer.allocUnsafeSlow(1 << 20);

export class LoadSession {
  readonly #socket: Socket;
  readonly #lun: number;
  readonly #done: (((latencyFrom: number) => void) | undefined)[] = [];
  readonly #startedAt: number[] = [];
  readonly #free: number[] = [];
  readonly #header = Buffer.alloc(BHS_LENGTH);
  #headerHeld = 0;
  #skip = 0;
  #cmdSn = 1;
  #expStatSn = 1;
  #login: LoadLogin | undefined;
  #negotiated!: Negotiated;
  #payload = Buffer.alloc(262144, 0xa5);
  #slab = Buffer.allocUnsafeSlow(OUT_SLAB);
  #slabTo = 0;
  #slabs: Buffer<ArrayBuffer>[] = [];
  #inCallback = false;
  /** A status other than GOOD is no failure then. */
  #probing = false;
  #failure: Error | undefined;
  onFailure: (error: Error) => void = () => undefined;

  private constructor(target: LoadTarget) {
    this.#lun = target.lun;
    this.#socket = connect({
      host: target.host,
      port: target.port,
      ...(target.localAddress === undefined ? {} : { localAddress: target.localAddress }),
      noDelay: true,
      onread: {
        buffer: RECEIVED,
        callback: (length) => {
          this.#receive(RECEIVED, length);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
  }

  static async open(target: LoadTarget, initiator: string): Promise<LoadSession> {
    const session = new LoadSession(target);
    await new Promise<void>((resolve, reject) => {
      session.onFailure = reject;
      session.#socket.once('connect', () => resolve());
    });
    const login = new LoadLogin(session.#socket);
    session.#login = login;
    session.#negotiated = await Promise.race([
      login.run(target.name, initiator, session.#cmdSn, target.chap),
      new Promise<never>((_, reject) => {
        session.onFailure = reject;
      }),
    ]);
    session.#expStatSn = session.#negotiated.expStatSn;
    session.#login = undefined;
    // The first command of a session may be answered by a unit attention alone.
    session.#probing = true;
    await new Promise<void>((resolve) => session.#raw(testUnitReady, 0, () => resolve()));
    session.#probing = false;
    return session;
  }

  /** `done` is called with the time of the submission (performance.now()). Call `kick` after a batch of these. */
  submit(operation: Operation, done: (startedAt: number) => void): void {
    const itt = this.#take(done);
    switch (operation.kind) {
      case 'read':
        this.#command(itt, READ_10, operation.offset, operation.length, 0xc1, 0);
        return;
      case 'write':
        this.#write(itt, operation.offset, operation.length);
        return;
      default:
        this.#command(itt, SYNCHRONIZE_CACHE_10, 0, 0, 0x81, 0);
    }
  }

  kick(): void {
    if (this.#inCallback || this.#slabTo === 0) return;
    const slab = this.#slab;
    const bytes = slab.subarray(0, this.#slabTo);
    this.#slab = this.#slabs.pop() ?? Buffer.allocUnsafeSlow(OUT_SLAB);
    this.#slabTo = 0;
    this.#socket.write(bytes, () => this.#slabs.push(slab));
  }

  close(): void {
    this.onFailure = () => undefined;
    this.#socket.destroy();
  }

  #take(done: (startedAt: number) => void): number {
    const itt = this.#free.pop() ?? this.#done.length;
    this.#done[itt] = done;
    this.#startedAt[itt] = performance.now();
    return itt;
  }

  #raw(opcode: number, length: number, done: () => void): void {
    this.#command(this.#take(done), opcode, 0, length, 0x81, 0);
    this.kick();
  }

  /** Room for a PDU in the outgoing slab. */
  #claim(length: number): number {
    if (this.#slabTo + length > OUT_SLAB) {
      const inCallback = this.#inCallback;
      this.#inCallback = false;
      this.kick();
      this.#inCallback = inCallback;
    }
    const at = this.#slabTo;
    this.#slabTo += length;
    return at;
  }

  #command(itt: number, opcode: number, offset: number, length: number, flags: number, data: number): number {
    const at = this.#claim(BHS_LENGTH + (data <= IN_SLAB ? data : 0));
    const b = this.#slab;
    b.fill(0, at, at + BHS_LENGTH);
    b[at] = Opcode.ScsiCommand;
    b[at + 1] = flags;
    putU24(b, at + 5, data);
    b[at + 9] = this.#lun;
    putU32(b, at + 16, itt);
    putU32(b, at + 20, length);
    putU32(b, at + 24, this.#cmdSn);
    this.#cmdSn = (this.#cmdSn + 1) >>> 0;
    putU32(b, at + 28, this.#expStatSn);
    b[at + 32] = opcode;
    putU32(b, at + 34, offset / BLOCK);
    b[at + 39] = (length / BLOCK) >>> 8;
    b[at + 40] = (length / BLOCK) & 0xff;
    return at;
  }

  #write(itt: number, offset: number, length: number): void {
    const first = this.#negotiated.immediate
      ? Math.min(length, this.#negotiated.maxSend, this.#negotiated.firstBurst)
      : 0;
    const unsolicited = !this.#negotiated.initialR2T && first < Math.min(length, this.#negotiated.firstBurst);
    const at = this.#command(itt, WRITE_10, offset, length, unsolicited ? 0x21 : 0xa1, first);
    if (first > 0) this.#data(at + BHS_LENGTH, first);
    if (unsolicited) this.#dataOut(itt, 0xffffffff, first, Math.min(length, this.#negotiated.firstBurst));
  }

  #dataOut(itt: number, ttt: number, from: number, end: number): void {
    for (let offset = from, dataSn = 0; offset < end; dataSn += 1) {
      const length = Math.min(this.#negotiated.maxSend, end - offset);
      const at = this.#claim(BHS_LENGTH + (length <= IN_SLAB ? length : 0));
      const final = offset + length === end;
      const lun = this.#lun;
      writeDataOut(
        { final, lun, itt, ttt, expStatSn: this.#expStatSn, dataSn, bufferOffset: offset },
        length,
        this.#slab,
        at,
      );
      this.#data(at + BHS_LENGTH, length);
      offset += length;
    }
  }

  /** Small data is copied behind its header; large data goes out from where it is. */
  #data(at: number, length: number): void {
    if (length <= IN_SLAB) {
      this.#payload.copy(this.#slab, at, 0, length);
      return;
    }
    const inCallback = this.#inCallback;
    this.#inCallback = false;
    this.#socket.cork();
    this.kick();
    this.#socket.write(this.#payload.subarray(0, length));
    this.#socket.uncork();
    this.#inCallback = inCallback;
  }

  // --- Answers ---------------------------------------------------------------------------------------------------

  #receive(chunk: Buffer, length: number): void {
    if (this.#login !== undefined) {
      this.#login.receive(chunk.subarray(0, length));
      return;
    }
    this.#inCallback = true;
    let at = 0;
    while (at < length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, length - at);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#headerHeld === 0 && length - at >= BHS_LENGTH) {
        this.#pdu(chunk, at);
        at += BHS_LENGTH;
      } else {
        const taken = Math.min(BHS_LENGTH - this.#headerHeld, length - at);
        chunk.copy(this.#header, this.#headerHeld, at, at + taken);
        this.#headerHeld += taken;
        at += taken;
        if (this.#headerHeld < BHS_LENGTH) break;
        this.#headerHeld = 0;
        this.#pdu(this.#header, 0);
      }
    }
    this.#inCallback = false;
    this.kick();
  }

  #pdu(b: Buffer, at: number): void {
    const length = dataLengthOf(b, at);
    this.#skip = length + padOf(length);
    switch (b[at]! & 0x3f) {
      case Opcode.DataIn:
        // S: the status is in it.
        if ((b[at + 1]! & 1) !== 0) this.#complete(b, at);
        return;
      case Opcode.ScsiResponse:
        this.#complete(b, at);
        return;
      case Opcode.ReadyToTransfer: {
        const r2t = parseR2t(b, at);
        this.#dataOut(r2t.itt, r2t.ttt, r2t.bufferOffset, r2t.bufferOffset + r2t.desiredLength);
        return;
      }
      case Opcode.NopIn:
        return;
      default:
        this.#fail(new Error(`Opcode 0x${(b[at]! & 0x3f).toString(16)} from the server.`));
    }
  }

  #complete(b: Buffer, at: number): void {
    const itt = u32(b, at + 16);
    this.#expStatSn = (u32(b, at + 24) + 1) >>> 0;
    const done = this.#done[itt];
    if (done === undefined) return;
    if (b[at + 3] !== 0 && !this.#probing) this.#fail(new Error(`SCSI status ${b[at + 3]}.`));
    this.#done[itt] = undefined;
    this.#free.push(itt);
    done(this.#startedAt[itt]!);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.onFailure(error);
  }
}

const IN_SLAB = 16 << 10;
const testUnitReady = 0x00;
const READ_10 = 0x28;
const WRITE_10 = 0x2a;
const SYNCHRONIZE_CACHE_10 = 0x35;
