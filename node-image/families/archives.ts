/** The archives of Debian and of Ubuntu: where they are, how their suites are called, by which keys they are verified. */
import type { Distribution } from '../recipe.ts';

export type Archive = {
  keyring: string;
  /** How people get the keyring. */
  keyringHint: string;
  /** Of the addresses of its mirrors. */
  mirrors: RegExp;
  /** The file of an image that names its repositories. */
  sourcesFile: string;
  /** Options of mmdebstrap that make /bin and the like links into /usr, where the packages do not. */
  mergeUsr: string[];
  repositories: { uri: string; pockets: string[] }[];
};

export const ARCHIVES: Record<'debian' | 'ubuntu', Archive> = {
  debian: {
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    keyringHint: 'Install it: apt-get install debian-archive-keyring',
    mirrors: /debian/,
    sourcesFile: 'debian.sources',
    mergeUsr: ['--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr'],
    repositories: [
      { uri: 'http://deb.debian.org/debian', pockets: ['', '-updates'] },
      { uri: 'http://deb.debian.org/debian-security', pockets: ['-security'] },
    ],
  },
  ubuntu: {
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    keyringHint:
      'Ubuntu has it in the package ubuntu-keyring; elsewhere take it out of that package and put it there.',
    mirrors: /ubuntu/,
    sourcesFile: 'ubuntu.sources',
    mergeUsr: [], // Since 24.04 base-files brings the links.
    repositories: [
      { uri: 'http://archive.ubuntu.com/ubuntu', pockets: ['', '-updates'] },
      { uri: 'http://security.ubuntu.com/ubuntu', pockets: ['-security'] },
    ],
  },
};

/** One repository in apt's deb822 form. */
export const stanza = (uri: string, suites: string, components: string, key: string) =>
  `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: ${components}\nSigned-By: ${key}\n`;

/** The distribution's own repositories: what an image carries, wherever its packages were fetched from. */
export function officialSources(
  { repositories, keyring }: Archive,
  { suite, components }: Distribution,
): string {
  return repositories
    .map(({ uri, pockets }) =>
      stanza(uri, pockets.map((pocket) => suite + pocket).join(' '), components.join(' '), keyring),
    )
    .join('\n');
}
