/** Public keys of ssh, from files. */
import { readFileSync } from 'node:fs';
import { BullionError } from '@bullion/service/errors';
import { reason } from './settings.ts';

/** The lines of a public key file; a private key that was named by mistake is not sent anywhere. */
export function publicKeys(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BullionError(
      'not_found',
      'ssh_key_missing',
      `The key file ${path} cannot be read: ${reason(cause)}.`,
      {
        hint: 'Make one: ssh-keygen -t ed25519; the public half ends in .pub.',
      },
    );
  }
  if (text.includes('PRIVATE KEY')) {
    throw new BullionError('invalid', 'ssh_key_private', `The file ${path} holds a private key.`, {
      hint: `Name the public half: ${path}.pub`,
    });
  }
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0) return keys;
  throw new BullionError('invalid', 'ssh_key_empty', `The file ${path} holds no key.`, {
    hint: 'Name a public key such as ~/.ssh/id_ed25519.pub.',
  });
}
