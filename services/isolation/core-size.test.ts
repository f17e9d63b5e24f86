import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { coreSize, linesOfCode } from './testing/core-size.ts';

it('the core can be read in a day: it has at most 3,000 lines of code', () => {
  const { core } = coreSize();
  assert.ok(core > 1000 && core <= 3000, `${core} lines`);
});

it('comments and blank lines are not counted', () => {
  assert.equal(linesOfCode('/** One. */\n\n  // two\nconst a = 1; // three\n  /*\n * four\n */\n}\n'), 2);
});

it('the core imports no room: index.ts alone puts them together', () => {
  for (const folder of ['.', 'api', 'store']) {
    for (const name of readdirSync(join(import.meta.dirname, folder))) {
      if (!name.endsWith('.ts') || /\.(test|slow)\.ts$/.test(name) || name === 'index.ts') continue;
      const text = readFileSync(join(import.meta.dirname, folder, name), 'utf8');
      assert.doesNotMatch(text, /from '\.\.?\/(leases|hardware|cabling|v0)\//, `${folder}/${name}`);
    }
  }
});
