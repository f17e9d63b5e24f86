/** The packages of an image, installed into an empty system: a tar archive, the same for the same package versions. */
import { type Apt, debianSources } from './apt.ts';
import type { Recipe } from './recipe.ts';
import { tool } from './tool.ts';

/** Documentation and translations: of no use to a node, a third of the bytes. Licences stay. */
const LEFT_OUT = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/locale/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/lintian/*',
];

/** Installs `recipe.packages` in the versions that `apt`'s lists name, into the tar archive `target`. */
export async function makeBaseSystem(
  recipe: Recipe,
  apt: Apt,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const { suite, components } = recipe.distribution;
  // The lists that decided the versions are handed over, so that nothing newer slips in between.
  const giveLists = 'mkdir -p "$1/var/lib/apt/lists" && cp -r "$LISTS"/. "$1/var/lib/apt/lists/"';
  await tool(
    'mmdebstrap',
    [
      '--mode=root',
      '--variant=apt',
      '--format=tar',
      '--architectures=amd64',
      `--components=${components.join(',')}`,
      '--skip=update',
      '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
      `--setup-hook=${giveLists}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Languages "none"',
      ...LEFT_OUT.map((option) => `--dpkgopt=${option}`),
      `--include=${recipe.packages.join(',')}`,
      // The machine's mirror serves the build only.
      `--customize-hook=rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*`,
      `--customize-hook=printf %s "$SOURCES" > "$1/etc/apt/sources.list.d/debian.sources"`,
      suite,
      target,
      apt.sourcesPath,
    ],
    {
      timeoutMs: 15 * 60_000,
      env: {
        SOURCE_DATE_EPOCH: String(recipe.epoch),
        LISTS: apt.listsFolder,
        SOURCES: debianSources(recipe.distribution),
      },
      signal,
    },
  );
}
