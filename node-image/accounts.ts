/** The users that a recipe gives an image: on the disk, beside those that a single boot brings. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe, RecipeUser } from './recipe.ts';
import { tool } from './tool.ts';

/** Debian's first number for people; given here, since the next free one would depend on the order of packages. */
const FIRST_UID = 1000;

export async function addUsers(tree: string, { users, epoch }: Recipe): Promise<void> {
  for (const [index, user] of users.entries()) await addUser(tree, user, FIRST_UID + index, epoch);
}

async function addUser(tree: string, user: RecipeUser, uid: number, epoch: number): Promise<void> {
  const { name, groups, shell, sshKeys, sudo } = user;
  // No password will do, yet sshd lets the user in: `*` is not the `!` of a locked account.
  const options = [
    '--create-home',
    '--uid',
    String(uid),
    '--user-group',
    '--shell',
    shell,
    '--password',
    '*',
  ];
  if (groups.length > 0) options.push('--groups', groups.join(','));
  // The day of the password is of the recipe, not of the build.
  const env = { SOURCE_DATE_EPOCH: String(epoch) };
  await tool('chroot', [tree, 'useradd', ...options, name], { env });
  if (sshKeys.length > 0) {
    const folder = join(tree, 'home', name, '.ssh');
    const file = join(folder, 'authorized_keys');
    await mkdir(folder);
    await writeFile(file, `${sshKeys.join('\n')}\n`);
    // The modes must not depend on our umask.
    await chmod(folder, 0o700);
    await chmod(file, 0o600);
    await tool('chroot', [tree, 'chown', '-R', `${name}:${name}`, `/home/${name}/.ssh`]);
  }
  if (sudo) {
    const rule = join(tree, 'etc/sudoers.d', `bullion-recipe-${name}`);
    await writeFile(rule, `${name} ALL=(ALL:ALL) NOPASSWD: ALL\n`);
    await chmod(rule, 0o440);
  }
}
