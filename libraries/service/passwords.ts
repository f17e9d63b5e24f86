/**
 * Passwords: kept as scrypt hashes (RFC 7914). A check takes the same time whether or not there is such a user, and
 * few run at once: each takes 32 MiB and a thread that files and names are looked up with too.
 */
import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
const AT_ONCE = 2;
/** How long a good password is not computed again, in milliseconds: HTTP Basic sends it with every request. */
const REMEMBER_MS = 60_000;

let running = 0;
const waiting: (() => void)[] = [];

async function hashWith(password: string, salt: Buffer, cost: ScryptOptions = COST): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await derive(password.normalize('NFC'), salt, 32, { ...cost, maxmem: COST.maxmem });
  } finally {
    running--;
    waiting.shift()?.();
  }
}

/** `scrypt$N$r$p$SALT$HASH`, salt and hash in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await hashWith(password, salt);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** What an unknown user's password is compared with; no password has this hash. */
const NOBODY = [
  'scrypt',
  COST.N,
  COST.r,
  COST.p,
  randomBytes(16).toString('base64'),
  randomBytes(32).toString('base64'),
].join('$');

const remembered = new Map<string, number>();
const memoryKey = randomBytes(32);

/** Is it the password that `stored` was made of? Say undefined for a user that is not there: it takes as long. */
export async function checkPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = (stored ?? NOBODY).split('$');
  // Bound to the stored hash: a password that was changed is not remembered.
  const memory = createHmac('sha256', memoryKey).update(`${salt}$${hash}$${password}`).digest('base64');
  if ((remembered.get(memory) ?? 0) > performance.now()) return true;
  const good = timingSafeEqual(
    await hashWith(password, Buffer.from(salt!, 'base64'), { N: Number(N), r: Number(r), p: Number(p) }),
    Buffer.from(hash!, 'base64'),
  );
  if (!good || stored === undefined) return false;
  for (const [old, until] of remembered) if (until <= performance.now()) remembered.delete(old);
  remembered.set(memory, performance.now() + REMEMBER_MS);
  return true;
}
