/** The shared libraries of programs in another root, found without running anything of that root. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BullionError } from '@bullion/service/errors';
import { tool } from './tool.ts';

const FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'usr/lib64', 'lib64'];
const LOADER = 'lib64/ld-linux-x86-64.so.2';

/** Paths, relative to `tree`, of all libraries that `programs` (relative too) need, and of the loader; sorted. */
export async function sharedLibraries(
  tree: string,
  programs: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const found = new Set<string>();
  const visit = async (path: string) => {
    const headers = await tool('objdump', ['-p', join(tree, path)], { signal });
    for (const [, name] of headers.matchAll(/^\s+NEEDED\s+(\S+)$/gm)) {
      const library = name === 'ld-linux-x86-64.so.2' ? LOADER : locate(tree, name!, path);
      if (found.has(library)) continue;
      found.add(library);
      await visit(library);
    }
  };
  for (const program of programs) await visit(program);
  if (found.size > 0) found.add(LOADER);
  return [...found].sort();
}

function locate(tree: string, name: string, neededBy: string): string {
  const folder = FOLDERS.find((each) => existsSync(join(tree, each, name)));
  if (folder === undefined) {
    throw new BullionError(
      'internal',
      'library_not_found',
      `${neededBy} needs ${name}, which the image lacks.`,
    );
  }
  return join(folder, name);
}
