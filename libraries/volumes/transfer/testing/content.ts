import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { BLOCK_BYTES } from '../../geometry.ts';

/** A disk of up to 2 MiB, any mixture of holes, zeros, text that packs well, and noise that does not. */
export const diskContent = fc
  .record({
    blocks: fc.integer({ min: 1, max: 512 }),
    seed: fc.integer(),
    pieces: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        blocks: fc.integer({ min: 1, max: 64 }),
        kind: fc.constantFrom('noise', 'text', 'zeros', 'one byte'),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ blocks, seed, pieces }) => {
    const content = Buffer.alloc(blocks * BLOCK_BYTES);
    for (const { at, blocks: count, kind } of pieces) {
      const start = Math.floor(at * (blocks - 1)) * BLOCK_BYTES;
      const piece = content.subarray(start, start + count * BLOCK_BYTES);
      if (kind === 'noise') noise(`${seed} ${start}`, piece.length).copy(piece);
      else if (kind === 'text') piece.fill('a disk of text ');
      else piece.fill(0);
      if (kind === 'one byte') piece[piece.length - 1] = 1;
    }
    return content;
  });

export function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}
