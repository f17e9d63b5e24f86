/** One call's conversation with a BMC: a few requests over one connection, and nothing left open after it. */
import type { Agent } from 'node:http';
import type { BullionError } from '@bullion/service/errors';
import { type Call, inTurn } from '../call.ts';
import { bmcFailed } from '../errors.ts';
import { ConnectingAgent, exchange, type Reply } from '../http.ts';
import { connectTrusted } from '../trust.ts';
import type { Turns } from '../turns.ts';
import { type Answer, failure, field } from './failures.ts';
import { bmcName, type RedfishSettings } from './settings.ts';

/** A call that is still at it then is given up: slow BMCs take seconds for a request. */
const CALL_MS = 20_000;
const SESSIONS = '/redfish/v1/SessionService/Sessions';

export type RedfishCall = Call<RedfishSettings>;
export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Sent = Answer & Pick<Reply, 'headers'>;

export class Client {
  readonly #call: RedfishCall;
  readonly #signal: AbortSignal;
  readonly #agent: Agent;
  #login: Record<string, string> = {};

  private constructor(call: RedfishCall, signal: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
    const endpoint = { ...call.settings, name: bmcName(call.settings) };
    this.#agent = new ConnectingAgent(() => connectTrusted(endpoint, signal));
  }

  /** Runs `work` when it is this BMC's turn. Throws the errors of BmcDriver and `bmc_untrusted`. */
  static async run<T>(turns: Turns, call: RedfishCall, work: (client: Client) => Promise<T>): Promise<T> {
    return await inTurn(turns, bmcName(call.settings), call, CALL_MS, (signal) =>
      new Client(call, signal).#loggedIn(work),
    );
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
    const asked = {
      ...{ host: settings.address, port: settings.port, method, path },
      headers: {
        ...{ Accept: 'application/json', 'OData-Version': '4.0', ...this.#login, ...headers },
        ...(body && { 'Content-Type': 'application/json' }),
      },
      body: body && Buffer.from(JSON.stringify(body)),
    };
    const reply = await exchange(this.#agent, asked, this.#signal);
    return { ...reply, body: this.#parsed(reply.text, reply.status, what) };
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
