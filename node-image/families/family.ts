/** What differs between families of distributions: where packages come from, and how they become a system. */
import type { Recipe } from '../recipe.ts';
import type { Requirement } from '../requirements.ts';

/** Package name to version, sorted by name. */
export type Versions = Record<string, string>;

export type PackageVersion = { name: string; version: string };

/** The packages of one distribution, as one recipe names it. */
export interface PackageSource {
  /** Fetches what fixes the versions of everything that is built until the next refresh. */
  refresh(onStep: (text: string) => void): Promise<void>;
  /** Everything that installing `packages` into an empty system brings; for none, the empty system itself. */
  resolve(packages: readonly string[]): Promise<Versions>;
  /** The packages that hold the kernel and its modules, when `name` may be the empty one that depends on the newest. */
  resolveKernel(name: string): Promise<PackageVersion[]>;
  /** The package that has systemd's UEFI stub. */
  resolveStub(): Promise<PackageVersion>;
  /** Writes the tar archive of a system that holds no more than its own package manager. */
  makeBase(target: string): Promise<void>;
  /** Writes the tar archive of the system `base` with `packages` installed. */
  install(base: string, packages: readonly string[], target: string): Promise<void>;
  /** Puts the files of packages into `folder`; none of their scripts runs. */
  unpack(packages: readonly PackageVersion[], folder: string): Promise<void>;
}

export type Family = {
  /** What its builder needs of this machine, besides what every image needs. */
  readonly requirements: readonly Requirement[];
  /** Where the stub lies in its package. */
  readonly stubPath: string;
  /** `folder` may be kept from run to run, and be removed at any time. */
  open(folder: string, recipe: Recipe, signal?: AbortSignal): PackageSource;
  /** What is installed in the root at `tree`. */
  installed(tree: string): Promise<Versions>;
};
