/**
 * EXTENDED COPY (LID1) and RECEIVE COPY RESULTS (SPC-4 6.4.2, 6.21, 7.x): block to block, inside one disk. Hypervisors
 * clone their disks' files by it without moving the data over the network.
 */
import { putU16, putU32, u16, u24, u32, u64 } from '../../pdu/bytes.ts';
import { type Command, usageOf } from '../command.ts';
import { BLOCK } from '../disk.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import type { Nexus } from '../nexus.ts';
import { answer, badField, check, GOOD, type Plan, type Reply, refuse } from '../reply.ts';
import { Asc, SenseKey } from '../sense.ts';
import { holding, rangeOf, readBlocks } from './medium.ts';

const HEADER = 16;
const TARGET_LENGTH = 32;
const SEGMENT_LENGTH = 28;
const MAX_TARGETS = 2;
const MAX_SEGMENTS = 8;
const MAX_LIST = 1024;
const IDENTIFICATION = 0xe4;
const BLOCK_TO_BLOCK = 0x02;
/** What is copied at a time. */
const CHUNK_BLOCKS = 2048;
const UNREACHABLE_COPY_TARGET = 0x0804;

const aborted = (asc: number): Reply => check({ key: SenseKey.CopyAborted, asc });

type Segment = { from: number; to: number; blocks: number };

/** Which list identifier ended how; kept for a nexus until it is asked for (6.21.2). */
const results = new WeakMap<Nexus, Map<number, { failed: boolean; segments: number }>>();
const MAX_RESULTS = 16;
const KEEP_NO_RESULT = 2;

/** True when the designator in an identification descriptor is this unit's NAA name. */
function namesUnit(unit: LogicalUnit, b: Uint8Array, at: number): boolean {
  const length = b[at + 7]!;
  return Buffer.compare(b.subarray(at + 8, at + 8 + Math.min(length, 20)), unit.identity.naa) === 0;
}

/** Checks the whole list before anything is copied. */
function parse(unit: LogicalUnit, b: Uint8Array): Segment[] | Reply {
  if (b.length < HEADER) return refuse(Asc.ParameterListLengthError);
  const targets = u16(b, 2);
  const segments = u32(b, 8);
  if (targets + segments > MAX_LIST || b.length < HEADER + targets + segments + u32(b, 12)) {
    return refuse(Asc.ParameterListLengthError);
  }
  if (targets / TARGET_LENGTH > MAX_TARGETS) return refuse(Asc.TooManyTargetDescriptors);
  if (segments / SEGMENT_LENGTH > MAX_SEGMENTS) return refuse(Asc.TooManySegmentDescriptors);
  const reachable: boolean[] = [];
  for (let at = HEADER; at < HEADER + targets; at += TARGET_LENGTH) {
    if (b[at] !== IDENTIFICATION) return refuse(Asc.UnsupportedTargetDescriptorType);
    reachable.push(namesUnit(unit, b, at) && u24(b, at + 29) === BLOCK);
  }
  const copies: Segment[] = [];
  for (let at = HEADER + targets; at < HEADER + targets + segments; at += SEGMENT_LENGTH) {
    if (b[at] !== BLOCK_TO_BLOCK) return refuse(Asc.UnsupportedSegmentDescriptorType);
    if (at + SEGMENT_LENGTH > HEADER + targets + segments) return refuse(Asc.ParameterListLengthError);
    if (!reachable[u16(b, at + 4)] || !reachable[u16(b, at + 6)]) return aborted(UNREACHABLE_COPY_TARGET);
    const copy = { from: u64(b, at + 12), to: u64(b, at + 20), blocks: u16(b, at + 10) };
    if (Math.max(copy.from, copy.to) + copy.blocks > unit.blocks) return aborted(Asc.NoAdditionalSense);
    copies.push(copy);
  }
  return copies;
}

async function copyAll(unit: LogicalUnit, copies: readonly Segment[]): Promise<Reply> {
  for (const { from, to, blocks } of copies) {
    for (let done = 0; done < blocks; done += CHUNK_BLOCKS) {
      const count = Math.min(CHUNK_BLOCKS, blocks - done);
      const reply = await holding(unit, rangeOf(to + done, count, false), 'write', async () => {
        await unit.disk.write((to + done) * BLOCK, await readBlocks(unit, from + done, count));
        return GOOD;
      });
      if (reply !== GOOD) return aborted(Asc.NoAdditionalSense);
    }
  }
  return GOOD;
}

function keepResult(nexus: Nexus, listId: number, failed: boolean, segments: number): void {
  const kept = results.get(nexus) ?? new Map();
  results.set(nexus, kept);
  kept.delete(listId);
  if (kept.size >= MAX_RESULTS) kept.delete(kept.keys().next().value!);
  kept.set(listId, { failed, segments });
}

export const extendedCopy: Command = {
  name: 'EXTENDED COPY (LID1)',
  opcode: 0x83,
  serviceAction: 0x00,
  usage: usageOf(0x83, 0x1f, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'write',
  plan(unit, { cdb, nexus }): Plan {
    const dataOut = u32(cdb, 10);
    if (dataOut === 0) return GOOD;
    if (dataOut > HEADER + 2 * MAX_LIST) return refuse(Asc.ParameterListLengthError);
    return {
      kind: 'run',
      dataOut,
      run: async (data) => {
        if (data.length < dataOut) return refuse(Asc.ParameterListLengthError);
        const copies = parse(unit, data);
        if (!Array.isArray(copies)) return copies;
        const [listId, usage] = [data[0]!, (data[1]! >>> 3) & 3];
        const reply = await copyAll(unit, copies);
        if (usage < KEEP_NO_RESULT) keepResult(nexus, listId, reply !== GOOD, copies.length);
        return reply;
      },
    };
  },
};

const receive = (
  name: string,
  serviceAction: number,
  data: (nexus: Nexus, listId: number) => Uint8Array | undefined,
): Command => ({
  name: `RECEIVE COPY RESULTS, ${name}`,
  opcode: 0x84,
  serviceAction,
  usage: usageOf(0x84, 0x1f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0x07),
  access: 'none',
  plan(_unit, { cdb, nexus }) {
    const b = data(nexus, cdb[2]!);
    return b === undefined ? badField(2) : answer(b, u32(cdb, 10));
  },
});

export const receiveCopyStatus = receive('COPY STATUS', 0x00, (nexus, listId) => {
  const result = results.get(nexus)?.get(listId);
  if (result === undefined) return undefined;
  const [COMPLETED, FAILED] = [1, 2];
  const b = new Uint8Array(12);
  putU32(b, 0, b.length - 4);
  b[4] = result.failed ? FAILED : COMPLETED;
  putU16(b, 5, result.segments);
  return b;
});

export const receiveOperatingParameters = receive('OPERATING PARAMETERS', 0x03, () => {
  const codes = [BLOCK_TO_BLOCK, IDENTIFICATION];
  const b = new Uint8Array(44 + codes.length);
  putU32(b, 0, b.length - 4);
  putU16(b, 8, MAX_TARGETS);
  putU16(b, 10, MAX_SEGMENTS);
  putU32(b, 12, MAX_LIST);
  putU32(b, 16, 0xffff * BLOCK);
  putU16(b, 34, 1);
  b[36] = 1;
  b[37] = Math.log2(BLOCK);
  b[43] = codes.length;
  b.set(codes, 44);
  return b;
});
