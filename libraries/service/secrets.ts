/** Secrets: random tokens and their hashes; encryption at rest of what must be used again (BMC passwords, CHAP). */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BullionError } from './errors.ts';

/** A token of 256 random bits with a readable prefix, e.g. `bullion_Vw3...`. */
export function newToken(prefix = 'bullion'): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** Tokens carry 256 bits of entropy, so one fast hash is enough: there is nothing to guess slowly. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts small secrets with AES-256-GCM under a key that is kept in a file of its own, mode 0600. */
export class SecretBox {
  readonly #key: Buffer;

  private constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * Opens the key file, or makes it where there is none yet. With `create: false` a missing file is refused: for a
   * caller that has secrets already, which no new key could open.
   */
  static open(path: string, options: { create?: boolean } = {}): SecretBox {
    if (!existsSync(path)) {
      if (options.create === false) {
        throw new BullionError('internal', 'secret_key_missing', `The key file ${path} is missing.`, {
          hint: 'Restore it from a backup: without it the stored secrets cannot be read.',
        });
      }
      writeKey(path);
    }
    chmodSync(path, 0o600);
    const text = readFileSync(path, 'utf8').trim();
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw new BullionError(
        'internal',
        'secret_key_damaged',
        `The key file ${path} does not hold 32 bytes in hex.`,
        { hint: 'Restore the file from a backup: without it the stored secrets cannot be read.' },
      );
    }
    return new SecretBox(Buffer.from(text, 'hex'));
  }

  /** A box under a random key, for tests. */
  static ephemeral(): SecretBox {
    return new SecretBox(randomBytes(32));
  }

  /** `context` names what the secret belongs to (`node/n1/bmc`); the same must be given to open it. */
  seal(value: unknown, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context));
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
  }

  open<Value>(sealed: string, context: string): Value {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      // Without the length of the tag, Node would take a shorter, guessable one.
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
      return JSON.parse(text.toString('utf8')) as Value;
    } catch (cause) {
      throw new BullionError(
        'internal',
        'secret_unreadable',
        `The stored secret of ${context} cannot be decrypted.`,
        {
          hint: 'The key file does not belong to this database: restore the one that was beside it.',
          cause,
        },
      );
    }
  }
}

/** The key is on the disk, whole and under its name, before anything can be sealed with it. */
function writeKey(path: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(32).toString('hex'));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path); // Unlike a rename it never replaces the key of a process that was first.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
