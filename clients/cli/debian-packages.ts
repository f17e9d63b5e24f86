/** The one list of Debian packages, scripts/debian-packages.txt, which `scripts/setup` reads as well. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPresent } from '@bullion/service/presence';
import { REPOSITORY } from './cli.ts';

/** What needs a package. */
export type Part =
  | 'isolation'
  | 'provisioning'
  | 'market'
  | 'rack'
  | 'image'
  | 'demo'
  | 'test'
  | 'ceph'
  | 'ceph-test';

export type DebianPackage = {
  package: string;
  /** A command, or the absolute path of a file, by which its presence is known. */
  provides: string;
  parts: Part[];
  why: string;
};

export const PACKAGE_LIST = join(REPOSITORY, 'scripts/debian-packages.txt');

export function debianPackages(): DebianPackage[] {
  return readFileSync(PACKAGE_LIST, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, provides, parts, ...why] = line.trim().split(/\s+/);
      return { package: name!, provides: provides!, parts: parts!.split(',') as Part[], why: why.join(' ') };
    });
}

/** Those of the list that this machine lacks and that one of the parts needs. */
export const missingFor = (parts: readonly Part[]): DebianPackage[] =>
  debianPackages().filter(
    (each) => each.parts.some((part) => parts.includes(part)) && !isPresent(each.provides),
  );

export const installCommand = (packages: readonly DebianPackage[]): string =>
  `apt-get install --no-install-recommends ${[...new Set(packages.map((each) => each.package))].join(' ')}`;
