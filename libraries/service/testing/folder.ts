/** A folder of a test's own, gone after it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export async function testFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bullion-service-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
