/** Who a node is to be, as its boot was asked for: users, user data, and a host key made for it. Kept encrypted. */
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { BootTable } from '../store/schema.ts';
import { type HostKey, newHostKey } from './host-key.ts';

const KeyLine = z
  .string()
  .max(16_384)
  .regex(/^[^\r\n]+$/, 'must be one line of an authorized_keys file');

/** As useradd takes it. */
const UserName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a name for a user of Linux');

export const User = z.object({
  name: UserName,
  sshAuthorizedKeys: z.array(KeyLine).max(50).default([]),
  sudo: z.boolean().default(false).describe('May become root without a password'),
  shell: z
    .string()
    .max(200)
    .regex(/^\/[A-Za-z0-9_./-]*$/)
    .default('/bin/bash'),
});
export const IdentityRequest = z.object({
  users: z.array(User).max(50).optional(),
  userData: z
    .string()
    .max(64 * 1024)
    .optional()
    .describe("For the node's cloud-init, or a script; given out once, to the node"),
});

type User = z.output<typeof User>;
export type Identity = { hostKey: HostKey; users: User[]; userData: string };

const secretOf = (boot: string) => `boot/${boot}/identity`;

/** The columns of a new boot. */
export function newIdentity(
  { secrets }: Context,
  boot: string,
  request: z.output<typeof IdentityRequest>,
): Pick<BootTable, 'identity' | 'seed_token_hash' | 'seed_read' | 'ssh_host_keys'> {
  const hostKey = newHostKey();
  const identity: Identity = { hostKey, users: request.users ?? [], userData: request.userData ?? '' };
  return {
    identity: secrets.seal(identity, secretOf(boot)),
    seed_token_hash: null,
    seed_read: '',
    ssh_host_keys: JSON.stringify([hostKey.public]),
  };
}

/** Undefined of a boot that an earlier version of this service has made. */
export function identityOf({ secrets }: Context, boot: BootTable): Identity | undefined {
  return boot.identity === null ? undefined : secrets.open<Identity>(boot.identity, secretOf(boot.id));
}
