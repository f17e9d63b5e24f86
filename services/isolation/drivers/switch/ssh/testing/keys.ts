/** SSH keys for tests, by ssh-keygen. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@bullion/service';

export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

export async function makeKeys(folder: string, name: string): Promise<KeyPair> {
  const path = join(folder, name);
  const args = ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path];
  const { code, stderr } = await run('ssh-keygen', args, { timeoutMs: 10_000 });
  if (code !== 0) throw new Error(`ssh-keygen: ${stderr}`);
  return {
    privateKey: await readFile(path, 'utf8'),
    publicKey: (await readFile(`${path}.pub`, 'utf8')).trim(),
  };
}
