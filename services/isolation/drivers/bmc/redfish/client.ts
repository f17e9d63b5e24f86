/** One call's conversation with a BMC: a few requests over one connection, and nothing left open after it. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { BullionError, messageOf } from '@bullion/service/errors';
import { bmcFailed, bmcUnreachable } from '../errors.ts';
import type { Turns } from '../turns.ts';
import { type Answer, failure, field } from './failures.ts';
import { bmcName, type RedfishSettings } from './settings.ts';
import { connectTrusted } from './trust.ts';

/** A call that is still at it then is given up: slow BMCs take seconds for a request. */
const CALL_MS = 20_000;
/** More than any resource of one server is. */
const MOST_BYTES = 4 * 2 ** 20;
const SESSIONS = '/redfish/v1/SessionService/Sessions';

export type Call = {
  settings: RedfishSettings;
  /** For messages: "power the server on". */
  what: string;
  signal: AbortSignal | undefined;
};

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Sent = Answer & { headers: IncomingMessage['headers'] };

/** Connects when the first request is sent, and only to a BMC that can be trusted with the password. */
class TrustedAgent extends Agent {
  readonly #connect: () => Promise<TLSSocket>;

  constructor(connect: () => Promise<TLSSocket>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#connect = connect;
  }

  override createConnection(_: unknown, callback?: (error: Error | null, socket: Duplex) => void): undefined {
    this.#connect().then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as never), // Beside an error no socket is looked at.
    );
  }
}

export class Client {
  readonly #call: Call;
  readonly #signal: AbortSignal;
  readonly #agent: Agent;
  #login: Record<string, string> = {};

  private constructor(call: Call, signal: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
    this.#agent = new TrustedAgent(() => connectTrusted(call.settings, signal));
  }

  /** Runs `work` when it is this BMC's turn. Throws the errors of BmcDriver and `bmc_untrusted`. */
  static async run<T>(turns: Turns, call: Call, work: (client: Client) => Promise<T>): Promise<T> {
    const name = bmcName(call.settings);
    let late: AbortSignal | undefined;
    try {
      return await turns.take(name, call.signal, async () => {
        late = AbortSignal.timeout(CALL_MS);
        const client = new Client(call, call.signal ? AbortSignal.any([call.signal, late]) : late);
        return await client.#loggedIn(work);
      });
    } catch (error) {
      if (error instanceof BullionError) throw error;
      if (call.signal?.aborted) throw bmcUnreachable(name, `gave up to ${call.what}.`, error);
      if (late?.aborted) {
        throw bmcUnreachable(name, `it took longer than ${CALL_MS / 1000} s to ${call.what}.`, error);
      }
      throw bmcUnreachable(name, `${messageOf(error)}.`, error);
    }
  }

  /** The resource; throws what the BMC refuses. */
  async get(path: string): Promise<Sent> {
    return this.#good(await this.send('GET', path));
  }

  async post(path: string, body: object): Promise<Sent> {
    return this.#good(await this.send('POST', path, body));
  }

  /** The answer, good or not. */
  async send(
    method: Method,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Sent> {
    const { settings, what } = this.#call;
    const payload = body && Buffer.from(JSON.stringify(body));
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sending = request(
      {
        ...{ host: settings.address, port: settings.port, agent: this.#agent, signal: this.#signal },
        ...{ method, path },
        headers: {
          ...{ Accept: 'application/json', 'OData-Version': '4.0', ...this.#login, ...headers },
          ...(payload && { 'Content-Type': 'application/json', 'Content-Length': payload.length }),
        },
      },
      resolve,
    );
    sending.on('error', reject);
    sending.end(payload);
    const response = await promise;
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      if ((bytes += chunk.length) > MOST_BYTES) response.destroy(new Error('its answer does not end'));
    });
    const said = await text(response);
    const status = response.statusCode ?? 0;
    return { status, body: this.#parsed(said, status, what), headers: response.headers };
  }

  refusal(answer: Answer): BullionError {
    return failure(this.#call.settings, this.#call.what, answer);
  }

  failed(why: string): BullionError {
    return bmcFailed(bmcName(this.#call.settings), this.#call.what, why);
  }

  #good(sent: Sent): Sent {
    if (sent.status >= 200 && sent.status < 300) return sent;
    throw this.refusal(sent);
  }

  #parsed(said: string, status: number, what: string): unknown {
    if (said.trim() === '') return undefined;
    try {
      return JSON.parse(said);
    } catch {
      // A refusal may well come as a page for people; its status is enough.
      if (status >= 400) return undefined;
      throw bmcFailed(bmcName(this.#call.settings), what, 'its answer is not JSON; is it a Redfish service?');
    }
  }

  async #loggedIn<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { username, password, login } = this.#call.settings;
    try {
      if (login === 'basic') {
        this.#login = { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
        return await work(this);
      }
      const sent = await this.post(SESSIONS, { UserName: username, Password: password });
      const token = sent.headers['x-auth-token'];
      if (typeof token !== 'string') throw this.failed('it opened a session without a token.');
      this.#login = { 'X-Auth-Token': token };
      try {
        return await work(this);
      } finally {
        // BMCs hold few sessions, and for long. A session that stays all the same is no reason to fail.
        const own = sent.headers.location ?? field(sent.body, '@odata.id');
        if (typeof own === 'string') await this.send('DELETE', pathOf(own)).catch(() => {});
      }
    } finally {
      this.#agent.destroy();
    }
  }
}

/** Location may be a whole URL (RFC 9110 section 10.2.2); its path counts, at the BMC that we are speaking to. */
const pathOf = (location: string): string => new URL(location, 'https://bmc').pathname;
