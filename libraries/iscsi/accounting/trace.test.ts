import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTrace, parseTrace } from './trace.ts';
import type { DiskOperation } from './traffic.ts';

const operation = (
  kind: DiskOperation['kind'],
  startedAt: number,
  offset = 0,
  length = 0,
): DiskOperation => ({
  ...{ kind, offset, length, startedAt },
  milliseconds: 1,
});

test('a trace is read back as it was recorded, in the order in which its operations began', () => {
  const recorded = [
    operation('write', 1400.6, 1 << 30, 8192),
    operation('read', 1000.2, 4096, 512),
    operation('read', 1003, 4608, 4096),
    operation('flush', 1500),
  ];
  const text = formatTrace(recorded);
  assert.deepEqual(parseTrace(text), [
    { ms: 0, kind: 'read', offset: 4096, length: 512 },
    { ms: 3, kind: 'read', offset: 4608, length: 4096 },
    { ms: 401, kind: 'write', offset: 1 << 30, length: 8192 },
    { ms: 500, kind: 'flush', offset: 0, length: 0 },
  ]);
  assert.ok(text.includes('\n3 R 0 8\n'), text);
});

test('what is no trace is refused, and it is said where', () => {
  assert.throws(() => parseTrace('ms,kind\n'), { code: 'trace_invalid' });
  assert.throws(() => parseTrace(`${formatTrace([])}1 R x 8\n`), { message: /Line 2/ });
});
