/** How a switch is reached by SSH. Its host key is pinned at registration: there is no trust on first use. */
import { z } from 'zod';

/** No leading hyphen: the value stands in an argument list. */
export const hostSchema = z
  .string()
  .regex(/^[A-Za-z0-9:][A-Za-z0-9.:_%-]{0,254}$/, 'must be a host name or an IP address');

export const tcpPortSchema = z.number().int().min(1).max(65535);

/** Spread into a driver's own strict object. */
export const sshSettings = {
  address: hostSchema.describe('host name or IP address of the management interface'),
  username: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'must be the name of a user of the switch'),
  privateKey: z
    .string()
    .max(20_000)
    .regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----\n/, 'must be a private key in PEM or OpenSSH form')
    .describe('private key, without a passphrase'),
  hostKey: z
    .string()
    .regex(
      /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,}={0,2}$/,
      'must be a public key as in /etc/ssh/ssh_host_*_key.pub: its type and base64, without a comment',
    )
    .describe("the switch's own public key"),
};

export const SSH_SECRETS = ['privateKey'] as const;

export type SshSettings = {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly privateKey: string;
  readonly hostKey: string;
};
