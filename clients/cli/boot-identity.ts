/** Who a node is to be, as `bullion boot` is told: users with their keys, and user data. */
import { BullionError } from '@bullion/service/errors';
import { publicKeys } from './public-keys.ts';
import { readText } from './settings.ts';

export type IdentityOptions = { user?: string[]; sudoUser?: string[]; userData?: string };

/** A user is written `NAME` or `NAME=PUBLIC-KEY-FILE`. */
export function identityRequest({ user = [], sudoUser = [], userData }: IdentityOptions) {
  const users = [...user.map((each) => userOf(each, false)), ...sudoUser.map((each) => userOf(each, true))];
  return {
    ...(users.length > 0 && { users }),
    ...(userData !== undefined && { userData: readText(userData) }),
  };
}

function userOf(text: string, sudo: boolean) {
  const [, name, file] = /^([a-z_][a-z0-9_-]{0,31})(?:=(.+))?$/.exec(text) ?? [];
  if (name !== undefined)
    return { name, sudo, sshAuthorizedKeys: file === undefined ? [] : publicKeys(file) };
  throw new BullionError('invalid', 'user_invalid', `"${text}" is no user.`, {
    hint: 'Write NAME=PUBLIC-KEY-FILE, such as ada=~/.ssh/id_ed25519.pub; names are in small letters.',
  });
}
