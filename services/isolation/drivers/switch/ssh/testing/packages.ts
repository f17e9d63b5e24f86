/**
 * Debian packages for tests, unpacked and not installed: a test must not change the machine that it runs on. They stay
 * in the cache of the project's home, so that only the first run needs a mirror.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from '@bullion/service';

const HOME = resolve(process.env.BULLION_HOME || join(import.meta.dirname, '../../../../../..', '.bullion'));
const CACHE = join(HOME, 'cache', 'test-packages');

/** The root into which the package was unpacked; or undefined when it is not cached and no mirror has it. */
export async function unpacked(name: string): Promise<string | undefined> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'unfinished-'));
  try {
    await checked('apt-get', ['-q', '-o', 'APT::Sandbox::User=', 'download', name], work);
    const [deb] = await readdir(work);
    await checked('dpkg-deb', ['-x', deb!, 'root'], work);
    // Another test may have been first: then its folder serves as well.
    await rename(join(work, 'root'), folder).catch(() => {});
    return folder;
  } catch {
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export type Kernel = { readonly image: string; readonly modules: string };

/** A Linux kernel to boot in QEMU: the one that the node image was built with, if there is one, else Debian's. */
export async function kernel(): Promise<Kernel | undefined> {
  const images = join(HOME, 'cache', 'images');
  const built = existsSync(images)
    ? (await readdir(images)).filter((name) => name.startsWith('kernel-'))
    : [];
  for (const root of built) {
    const found = await kernelIn(join(images, root));
    if (found !== undefined) return found;
  }
  const newest = await newestKernelPackage();
  const root = newest === undefined ? undefined : await unpacked(newest);
  return root === undefined ? undefined : await kernelIn(root);
}

async function kernelIn(root: string): Promise<Kernel | undefined> {
  const folder = join(root, 'lib', 'modules');
  const [release] = existsSync(folder) ? await readdir(folder) : [];
  const image = join(root, 'boot', `vmlinuz-${release}`);
  // A package that is unpacked and not installed has no list yet of what each module needs.
  if (release !== undefined && !existsSync(join(folder, release, 'modules.dep'))) {
    await checked('depmod', ['-b', root, release], root);
  }
  return release !== undefined && existsSync(image) ? { image, modules: join(folder, release) } : undefined;
}

/** The package that `linux-image-cloud-amd64` stands for. */
async function newestKernelPackage(): Promise<string | undefined> {
  const { stdout } = await run('apt-cache', ['depends', 'linux-image-cloud-amd64'], { timeoutMs: 20_000 });
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

async function checked(program: string, args: string[], cwd: string): Promise<void> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { code, stderr } = await run(program, args, { timeoutMs: 180_000, cwd, env });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
