/** What a hostile initiator does on one connection: perhaps a login, then bytes that are nearly right. */
import { BHS_LENGTH, Opcode, RESERVED_TAG } from '../pdu/bhs.ts';
import { putU24, putU32 } from '../pdu/bytes.ts';
import { TARGET } from './fixture.ts';
import { TestInitiator } from './initiator.ts';
import { randomFrom } from './load/loads.ts';

export const HOSTILE = 'iqn.2026-01.org.example:hostile';
export const HONEST = `${TARGET}-honest`;

export type AttackLogin = { target: string; isid: string; keys: Record<string, string> };

/** As it was made once, so that it can be repeated byte by byte. */
export type Attack = { login: AttackLogin | undefined; writes: Uint8Array[] };

export function random(seed: number) {
  const next = randomFrom(seed);
  return {
    below: (n: number) => Math.floor(next() * n),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    bytes: (n: number) => Uint8Array.from({ length: n }, () => Math.floor(next() * 256)),
  };
}

export type Random = ReturnType<typeof random>;

const OPCODES = [0x00, 0x01, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x05, 0x06, 0x10, 0x1c, 0x3f];
const CDB_OPCODES = [
  0x00, 0x03, 0x08, 0x0a, 0x12, 0x15, 0x16, 0x17, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2a, 0x2e, 0x2f, 0x34, 0x35,
  0x41, 0x42, 0x48, 0x5a, 0x5e, 0x5f, 0x83, 0x84, 0x88, 0x89, 0x8a, 0x8b, 0x8f, 0x93, 0x9e, 0xa0, 0xa3, 0xff,
];

/** A PDU that is nearly right: its fields are plausible, some are not. */
function nearlyRight(r: Random, initiator: TestInitiator): { header: Uint8Array; data: Uint8Array } {
  const header = r.below(4) === 0 ? r.bytes(BHS_LENGTH) : new Uint8Array(BHS_LENGTH);
  const opcode = r.pick(OPCODES);
  header[0] = opcode | (r.below(4) === 0 ? 0x40 : 0);
  header[1] = r.below(3) === 0 ? r.below(256) : r.pick([0x80, 0xc1, 0xa1, 0x21, 0x81, 0xe1]);
  header[4] = r.below(30) === 0 ? r.below(256) : 0;
  const length = r.pick([0, 0, 0, 1, 8, 48, 512, 512, 4096, 8192]);
  const data = r.below(2) === 0 ? r.bytes(length) : new Uint8Array(length);
  putU24(header, 5, r.below(40) === 0 ? r.below(1 << 24) : length);
  if (r.below(8) !== 0) header.fill(0, 8, 16);
  putU32(header, 16, r.below(6) === 0 ? RESERVED_TAG : r.below(12));
  putU32(header, 20, r.pick([length, 512, 4096, RESERVED_TAG, r.below(1 << 23), 1, 2, 3]));
  const sn = r.pick([
    initiator.cmdSn,
    initiator.cmdSn,
    initiator.cmdSn,
    initiator.cmdSn + r.below(40),
    r.below(1 << 30),
  ]);
  putU32(header, 24, sn);
  if (sn === initiator.cmdSn && (header[0]! & 0x40) === 0 && opcode < 7 && opcode !== 5) initiator.cmdSn += 1;
  if (opcode === Opcode.ScsiCommand) {
    header[32] = r.pick(CDB_OPCODES);
    // Most ask for something that exists: a few blocks near the start.
    if (r.below(3) !== 0) header.set([0, 0, 0, 0, r.below(64), 0, 0, r.below(9)], 33);
  }
  if (opcode === Opcode.DataOut) {
    putU32(header, 36, r.below(3));
    putU32(header, 40, r.pick([0, 512, 4096, r.below(1 << 20)]));
  }
  return { header, data };
}

export function randomLogin(r: Random, attacker: number): AttackLogin | undefined {
  if (r.below(5) === 0) return undefined;
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  const digests: Record<string, string> =
    r.below(4) === 0 ? { HeaderDigest: 'CRC32C', DataDigest: 'CRC32C' } : {};
  return {
    target: r.below(20) === 0 ? HONEST : TARGET,
    isid: `00023d00${hex(attacker)}${hex(r.below(4))}`,
    keys: { InitialR2T: 'No', ...digests },
  };
}

export async function logIn(initiator: TestInitiator, login: AttackLogin | undefined): Promise<void> {
  if (login === undefined) return;
  await initiator.login({ ...login, initiator: HOSTILE, noSecurityStage: true }).catch(() => undefined);
}

/** Sends up to `most` inputs; returns what it wrote. */
export async function attack(r: Random, initiator: TestInitiator, most = 30): Promise<Uint8Array[]> {
  const writes: Uint8Array[] = [];
  const write = (bytes: Uint8Array) => {
    writes.push(bytes);
    initiator.socket.write(bytes);
  };
  const count = 1 + r.below(most);
  for (let i = 0; i < count && !initiator.closed; i += 1) {
    const kind = r.below(20);
    if (kind === 0) write(r.bytes(1 + r.below(300)));
    else {
      const { header, data } = nearlyRight(r, initiator);
      if (kind === 1) write(header.subarray(0, r.below(BHS_LENGTH)));
      else write(initiator.encode(header, kind === 2 ? data.subarray(0, data.length >> 1) : data));
    }
    if (r.below(10) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return writes;
}

/** The same bytes again, on a connection of its own; they have been answered, or not, when it resolves. */
export async function repeat(port: number, { login, writes }: Attack): Promise<TestInitiator> {
  const initiator = await TestInitiator.connect(port);
  await logIn(initiator, login);
  for (const bytes of writes) if (!initiator.closed) initiator.socket.write(bytes);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return initiator;
}
