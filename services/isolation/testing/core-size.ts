/**
 * How much a tenant's auditor has to read: lines of code, without comments and blank lines, of the core and of what is
 * not counted to it. `node testing/core-size.ts` prints them.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const SERVICE = join(import.meta.dirname, '..');

/**
 * What is not the core, and why. A room stands on the core, and the core on no room: core-size.test.ts looks at the
 * imports. So nothing in a room can get round the core's rules; at worst it gives and takes nodes at the wrong time.
 */
export const APART: Record<string, RegExp> = {
  'leases/, a room: when a node is given and taken back': /^leases\//,
  'hardware/, a room: what a server is made of, measures, how it does': /^hardware\//,
  'cabling/, a room: what an operator looks up and puts right at switches': /^cabling\//,
  'wiping/, a room: how a wipe hook comes to boot a node that is on its way out': /^wiping\//,
  'drivers: the vendors of switches and BMCs': /^drivers\//,
  "v0: HIL's face": /^v0\//,
  'consoles: recording the serial lines': /^consoles(\/|\.ts$|-)/,
  'tests, and what serves them': /\.(test|slow)\.ts$|^testing\//,
};

/** Lines that hold more than a comment. Block comments here begin a line of their own. */
export function linesOfCode(text: string): number {
  return text
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, '')
    .split('\n')
    .filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length;
}

function count(folder: string, counted: (path: string) => boolean): number {
  const files = (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => path.endsWith('.ts') && !path.split('/').includes('node_modules') && counted(path))
    .filter((path) => statSync(join(folder, path)).isFile());
  return files.reduce((sum, path) => sum + linesOfCode(readFileSync(join(folder, path), 'utf8')), 0);
}

export function coreSize(): { core: number; apart: Record<string, number> } {
  const rules = Object.values(APART);
  const apart = Object.entries(APART).map(([what, rule]) => {
    // The tests of a part that is apart are tests.
    const is = (path: string) => rules.findLast((one) => one.test(path)) === rule;
    return [what, count(SERVICE, is)] as const;
  });
  const library = join(SERVICE, '../../libraries/service');
  const shared = count(library, (path) => !/\.test\.ts$|^testing\//.test(path));
  return {
    core: count(SERVICE, (path) => !rules.some((rule) => rule.test(path))),
    apart: {
      ...Object.fromEntries(apart),
      [`${relative(SERVICE, library)}: what all services share`]: shared,
    },
  };
}

if (import.meta.main) {
  const { core, apart } = coreSize();
  for (const [what, lines] of Object.entries({ core, ...apart })) {
    console.log(`${lines.toLocaleString('en').padStart(7)}  ${what}`);
  }
}
