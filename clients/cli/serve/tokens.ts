/** The tokens that the first start makes: one for the operator's command line, one each for the provisioning service and the market. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '@bullion/service';

type Isolation = { app: App; createToken(role: 'admin' | 'service', label: string): Promise<string> };

export const operatorTokenFile = (home: string): string => join(home, 'operator-token');
export const marketTokenFile = (home: string): string => join(home, 'market-token');
export const serviceTokenFile = (home: string): string => join(home, 'service-token');

export function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The token in the file. It is made where there is none, where the database that knew it is gone, or its role changed. */
export async function ensureToken(
  isolation: Isolation,
  file: string,
  role: 'admin' | 'service',
  label: string,
): Promise<string> {
  const known = readToken(file);
  if (known !== undefined && (await isGood(isolation, known, role))) return known;
  const token = await isolation.createToken(role, label);
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, `${token}\n`, { mode: 0o600 });
  renameSync(draft, file);
  return token;
}

async function isGood({ app }: Isolation, token: string, role: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await app.inject({ url: '/isolation/v1/whoami', headers });
  return answer.statusCode === 200 && answer.json().role === role;
}
