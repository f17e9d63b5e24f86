/** Who may speak to a BMC: accounts with roles, HTTP Basic, and sessions by token (DSP0266 section 13.3). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RedfishError } from './messages.ts';

/** The roles that every Redfish service has. `ReadOnly` may log in and look; the others may act too. */
export type Role = 'Administrator' | 'Operator' | 'ReadOnly';
export type Account = { user: string; password: string; role: Role };
export type Session = { id: string; account: Account };

const MOST_SESSIONS = 16;
/** A session that is not used for so long ends, in seconds. */
export const SESSION_TIMEOUT_S = 1800;

export class Sessions {
  readonly #accounts: readonly Account[];
  readonly #now: () => number;
  /** By token. */
  readonly #open = new Map<string, Session & { until: number }>();

  constructor(accounts: readonly Account[], now: () => number = Date.now) {
    this.#accounts = accounts;
    this.#now = now;
  }

  /** Who sent this request; undefined where it says nothing of that. Throws where what it says is wrong. */
  authenticate(headers: IncomingHttpHeaders, uri: string): Account | undefined {
    const token = headers['x-auth-token'];
    if (typeof token === 'string') {
      const session = this.#current().get(token);
      if (!session) throw new RedfishError('NoValidSession');
      session.until = this.#deadline();
      return session.account;
    }
    const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(headers.authorization ?? '')?.[1];
    if (basic === undefined) return undefined;
    const text = Buffer.from(basic, 'base64').toString();
    const colon = text.indexOf(':');
    return this.#account(text.slice(0, colon), text.slice(colon + 1), uri);
  }

  /** Returns the session with its token, which is told this once. */
  create(user: string, password: string, uri: string): { session: Session; token: string } {
    const account = this.#account(user, password, uri);
    if (this.#current().size >= MOST_SESSIONS) throw new RedfishError('SessionLimitExceeded');
    const token = randomBytes(32).toString('hex');
    const session = { id: randomBytes(8).toString('hex'), account, until: this.#deadline() };
    this.#open.set(token, session);
    return { session, token };
  }

  list(): Session[] {
    return [...this.#current().values()];
  }

  delete(id: string): void {
    for (const [token, session] of this.#open) if (session.id === id) this.#open.delete(token);
  }

  #current() {
    for (const [token, { until }] of this.#open) if (until <= this.#now()) this.#open.delete(token);
    return this.#open;
  }

  #deadline(): number {
    return this.#now() + SESSION_TIMEOUT_S * 1000;
  }

  #account(user: string, password: string, uri: string): Account {
    const found = this.#accounts.find((one) => one.user === user && same(one.password, password));
    if (!found) throw new RedfishError('ResourceAtUriUnauthorized', uri);
    return found;
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));
