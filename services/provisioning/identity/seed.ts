/**
 * The seed that cloud-init reads (NoCloud with `ds=nocloud;s=URL`): pure text. JSON is YAML, so nothing has to be quoted
 * by hand. What this service decides is vendor data, and a tenant's own user data has the last word.
 */
import type { BootTable } from '../store/schema.ts';
import type { Identity } from './identity.ts';

type Booted = Pick<BootTable, 'id' | 'hostname' | 'ssh_authorized_keys'>;

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** Nothing in it is secret: it may be read again. A boot is an instance: what is done once for each is done again. */
export const metaData = (boot: Booted): string =>
  `${JSON.stringify({ 'instance-id': boot.id, 'local-hostname': boot.hostname }, null, 2)}\n`;

export function vendorData(boot: Booted, { hostKey, users }: Identity): string {
  const config = {
    preserve_hostname: false,
    hostname: boot.hostname,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
    disable_root: false,
    users: [
      'default',
      { name: 'root', ssh_authorized_keys: linesOf(boot.ssh_authorized_keys) },
      ...users.map(({ name, sshAuthorizedKeys, sudo, shell }) => ({
        ...{ name, shell, lock_passwd: true, ssh_authorized_keys: sshAuthorizedKeys },
        ...(sudo && { sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
      })),
    ],
  };
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`;
}

/** What the initramfs of our own images is told, beside target and secrets: `KEY=value`, in base64 what has lines. */
export function identityValues({ hostKey, users, userData }: Identity): Record<string, string> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const lines = users.map(({ name, sudo, shell, sshAuthorizedKeys }) =>
    [name, sudo ? 'sudo' : '-', shell, base64(sshAuthorizedKeys.map((key) => `${key}\n`).join(''))].join(' '),
  );
  return {
    SSH_HOST_KEY: base64(hostKey.private),
    SSH_HOST_PUBLIC_KEY: hostKey.public,
    USERS: base64(lines.map((line) => `${line}\n`).join('')),
    USER_DATA: base64(userData),
  };
}
