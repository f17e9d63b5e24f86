/** The tokens that the first start makes: one for the operator's command line, one for the provisioning service. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '@bullion/service';

type Isolation = { app: App; createToken(role: 'operator' | 'service', label: string): Promise<string> };

export const operatorTokenFile = (home: string): string => join(home, 'operator-token');
export const serviceTokenFile = (home: string): string => join(home, 'service-token');

export function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The token in the file. It is made where there is none, or where the database that knew it is gone. */
export async function ensureToken(
  isolation: Isolation,
  file: string,
  role: 'operator' | 'service',
  label: string,
): Promise<string> {
  const known = readToken(file);
  if (known !== undefined && (await isGood(isolation, known))) return known;
  const token = await isolation.createToken(role, label);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${token}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return token;
}

async function isGood({ app }: Isolation, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return (await app.inject({ url: '/isolation/v1/whoami', headers })).statusCode === 200;
}
