/**
 * Tickets: a browser cannot send an Authorization header with a WebSocket, and a token in an address ends up in logs. A
 * ticket in its place opens one stream of one node, once, within seconds. Kept in memory only, by its hash.
 */
import { randomBytes } from 'node:crypto';
import { type Credentials, hashToken } from '@bullion/service';

/** With the credentials that it was got with: the stream is checked by them again and again. */
type Ticket = Credentials & { node: string; caller: string; expires: number };

/** So many unused ones a caller may have; the oldest goes for the next. */
const MOST = 32;

export class Tickets {
  readonly #lifeMs: number;
  /** By hash, oldest first. */
  readonly #tickets = new Map<string, Ticket>();

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  issue(
    node: string,
    caller: string,
    credentials: Credentials,
  ): { ticket: string; expiresInSeconds: number } {
    this.#forget(caller);
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(hashToken(ticket), {
      ...credentials,
      node,
      caller,
      expires: performance.now() + this.#lifeMs,
    });
    return { ticket, expiresInSeconds: this.#lifeMs / 1000 };
  }

  /** Uses it up, whatever comes of it. */
  redeem(ticket: string, node: string): Credentials | undefined {
    const hash = hashToken(ticket);
    const found = this.#tickets.get(hash);
    this.#tickets.delete(hash);
    if (!found || found.node !== node || found.expires < performance.now()) return undefined;
    return { token: found.token, scheme: found.scheme };
  }

  #forget(caller: string): void {
    const now = performance.now();
    let own = 0;
    for (const [hash, ticket] of [...this.#tickets].reverse()) {
      const tooMany = ticket.caller === caller && ++own >= MOST;
      if (tooMany || ticket.expires < now) this.#tickets.delete(hash);
    }
  }
}
