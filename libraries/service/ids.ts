/** Identifiers: UUID version 7 (RFC 9562 section 5.7), which sort by the time they were made. */
import { randomBytes } from 'node:crypto';

/** Random bytes are asked for many at a time: each time costs more than all the rest. */
const POOL_BYTES = 4096;
let pool = Buffer.alloc(0);

export function uuidv7(now = Date.now()): string {
  if (pool.length < 16) pool = randomBytes(POOL_BYTES);
  const bytes = pool.subarray(0, 16);
  pool = pool.subarray(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
