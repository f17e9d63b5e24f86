/**
 * An ssh host key that is made before the node boots, so that its first connection can be verified: Ed25519, in the form
 * that sshd reads (OpenSSH's PROTOCOL.key).
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

export type HostKey = {
  /** PEM. */
  private: string;
  /** `ssh-ed25519 AAAA...`, without a comment. */
  public: string;
};

const TYPE = 'ssh-ed25519';
/** Without encryption the private part is padded to this. */
const BLOCK = 8;

export function newHostKey(): HostKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(d!, 'base64url');
  const point = Buffer.from(x!, 'base64url');
  const publicBlob = Buffer.concat([text(TYPE), bytes(point)]);
  // Twice the same number: what tells a reader that it has decrypted rightly.
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    text(TYPE),
    bytes(point),
    bytes(Buffer.concat([seed, point])),
    text(''),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (secret.length % BLOCK)) % BLOCK }, (_, i) => i + 1),
  );
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[text('none'), text('none'), text(''), number(1)],
    ...[bytes(publicBlob), bytes(Buffer.concat([secret, padding]))],
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g)!;
  return {
    private: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    public: `${TYPE} ${publicBlob.toString('base64')}`,
  };
}

/** RFC 4251 section 5. */
function number(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
const bytes = (value: Buffer): Buffer => Buffer.concat([number(value.length), value]);
const text = (value: string): Buffer => bytes(Buffer.from(value));
