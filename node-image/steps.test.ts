import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Recipe, readRecipe } from './recipe.ts';
import { type Ingredients, STEPS, stepKeys } from './steps.ts';

const recipe = readRecipe('golden');
const base: Ingredients = {
  recipe,
  base: { apt: '2.6.1' },
  packages: { apt: '2.6.1', less: '590' },
  kernel: [{ name: 'linux-image-6.1', version: '6.1.140-1' }],
  stub: { name: 'systemd-boot-efi', version: '252' },
  files: 'content of the files',
  code: { packages: 'p', tree: 't', disk: 'd' },
  tools: 'mmdebstrap 1.3.5',
};
const before = stepKeys(base);

/** The steps that must be done again. */
const changed = (change: Partial<Ingredients>) => {
  const after = stepKeys({ ...base, ...change });
  return STEPS.filter((step) => after[step] !== before[step]);
};
const withRecipe = (change: Partial<Recipe>) => changed({ recipe: { ...recipe, ...change } });

const cases: [what: string, steps: string[], found: string[]][] = [
  ['nothing', [], changed({})],
  ['the content of a file', ['tree', 'disk'], changed({ files: 'other' })],
  [
    'the mode of a file',
    ['tree', 'disk'],
    withRecipe({ files: recipe.files.map((file) => ({ ...file, mode: '0600' })) }),
  ],
  [
    'where a file lies here',
    [],
    withRecipe({ files: recipe.files.map((file) => ({ ...file, from: '/x' })) }),
  ],
  [
    'a user',
    ['tree', 'disk'],
    withRecipe({ users: [{ name: 'anna', sshKeys: [], groups: [], sudo: false, shell: '/bin/sh' }] }),
  ],
  ['a unit', ['tree', 'disk'], withRecipe({ units: { ...recipe.units, mask: [] } })],
  ['the size of the disk', ['disk'], withRecipe({ disk: { ...recipe.disk, sizeBytes: 2 ** 32 } })],
  ['a kernel option', ['disk'], withRecipe({ kernel: { ...recipe.kernel, cmdline: 'nosmt' } })],
  [
    'the version of the kernel',
    ['tree', 'disk'],
    changed({ kernel: [{ name: 'linux-image-6.1', version: '2' }] }),
  ],
  ['a package', ['packages', 'tree', 'disk'], withRecipe({ packages: [...recipe.packages, 'htop'] })],
  [
    'the version of a package',
    ['packages', 'tree', 'disk'],
    changed({ packages: { ...base.packages, less: '600' } }),
  ],
  ['the version of apt', [...STEPS], changed({ base: { apt: '2.7' } })],
  ['the release', [...STEPS], withRecipe({ distribution: { ...recipe.distribution, suite: 'trixie' } })],
  ['the way the disk is made', ['disk'], changed({ code: { ...base.code, disk: 'other' } })],
];
for (const [what, steps, found] of cases) {
  test(`a change of ${what} redoes ${steps.join(', ') || 'no step'}`, () => assert.deepEqual(found, steps));
}
