/** The server's side of HTTP Digest (RFC 7616), strict: a nonce is of our making, and each use of it counts one up. */
import { createHash, randomBytes } from 'node:crypto';

export type Verdict = { user: string } | { challenge: string };

export class DigestGuard {
  readonly #users: ReadonlyMap<string, string>;
  readonly #realm = `Digest:${randomBytes(16).toString('hex').toUpperCase()}`;
  /** How often each nonce was used. */
  readonly #used = new Map<string, number>();
  /** A nonce is stale after so many uses. */
  usesPerNonce = Number.POSITIVE_INFINITY;
  /** Logins that were wrong, and not only late. */
  refused = 0;

  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users;
  }

  judge(method: string, path: string, header: string | undefined): Verdict {
    if (header === undefined) return this.#challenge(false);
    const said = read(header);
    const { username = '', nonce = '', nc = '', cnonce = '', qop, uri, realm, response } = said;
    const password = this.#users.get(username);
    const used = this.#used.get(nonce);
    const count = Number.parseInt(nc, 16);
    const hash = (...parts: string[]) => createHash('md5').update(parts.join(':')).digest('hex');
    const right = hash(
      hash(username, this.#realm, password ?? ''),
      ...[nonce, nc, cnonce, 'auth'],
      hash(method, path),
    );
    const fresh = used !== undefined && count === used + 1 && nc.length === 8 && cnonce !== '';
    const good = fresh && qop === 'auth' && uri === path && realm === this.#realm && response === right;
    if (!good || password === undefined) {
      this.refused++;
      return this.#challenge(false);
    }
    this.#used.set(nonce, count);
    return count > this.usesPerNonce ? this.#challenge(true) : { user: username };
  }

  /** As AMT writes it: no space after a comma, no algorithm. */
  #challenge(stale: boolean): Verdict {
    const nonce = randomBytes(24).toString('base64');
    this.#used.set(nonce, 0);
    return { challenge: `Digest realm="${this.#realm}", nonce="${nonce}",stale="${stale}",qop="auth"` };
  }
}

function read(header: string): Record<string, string | undefined> {
  if (!header.startsWith('Digest ')) return {};
  const fields = header.slice('Digest '.length).split(/,\s*(?=[a-z]+=)/);
  return Object.fromEntries(
    fields.map((one) => {
      const equals = one.indexOf('=');
      return [one.slice(0, equals), one.slice(equals + 1).replace(/^"(.*)"$/, '$1')];
    }),
  );
}
