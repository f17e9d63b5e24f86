/**
 * A recording of what an initiator asked of its disk, and when: small enough to be kept with the project, and to be
 * replayed against any server. One line an operation: milliseconds since the one before, R, W or F, then for R and W
 * the block (of 512 bytes) relative to the end of the one before, and the count of blocks.
 */
import { IscsiError } from '../errors.ts';
import { BLOCK } from '../scsi/disk.ts';
import type { DiskOperation, OperationKind } from './traffic.ts';

export type TracedOperation = { ms: number; kind: OperationKind; offset: number; length: number };

const HEADING = '# bullion disk trace 1: ms kind block count; ms and block are differences';
const LETTERS: Record<OperationKind, string> = { read: 'R', write: 'W', flush: 'F' };
const KINDS: Record<string, OperationKind> = { R: 'read', W: 'write', F: 'flush' };

/** In the order in which the operations began. */
export function formatTrace(operations: readonly DiskOperation[]): string {
  let lastMs: number | undefined;
  let end = 0;
  const lines = operations
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map(({ kind, offset, length, startedAt }) => {
      const ms = Math.round(startedAt);
      const after = ms - (lastMs ?? ms);
      lastMs = ms;
      if (kind === 'flush') return `${after} F`;
      const block = offset / BLOCK;
      const from = block - end;
      end = block + length / BLOCK;
      return `${after} ${LETTERS[kind]} ${from} ${length / BLOCK}`;
    });
  return `${[HEADING, ...lines].join('\n')}\n`;
}

export function parseTrace(text: string): TracedOperation[] {
  const [heading, ...lines] = text.trimEnd().split('\n');
  if (heading !== HEADING) throw new IscsiError('trace_invalid', 'This is no disk trace of version 1.');
  let ms = 0;
  let end = 0;
  return lines.map((line, i) => {
    const match = /^(\d+) (?:F|([RW]) (-?\d+) (\d+))$/.exec(line);
    if (match === null) throw new IscsiError('trace_invalid', `Line ${i + 2} of the trace is "${line}".`);
    const [, after, kind, from, count] = match;
    ms += Number(after);
    if (kind === undefined) return { ms, kind: 'flush', offset: 0, length: 0 };
    const block = end + Number(from);
    end = block + Number(count);
    return { ms, kind: KINDS[kind]!, offset: block * BLOCK, length: Number(count) * BLOCK };
  });
}
