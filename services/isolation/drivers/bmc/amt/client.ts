/** One call's conversation with AMT: a few requests over one connection, and nothing left open after it. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Agent } from 'node:http';
import type { BullionError } from '@bullion/service/errors';
import type { Element } from '../../xml.ts';
import { type Call, inTurn } from '../call.ts';
import { bmcFailed, bmcRefused } from '../errors.ts';
import { ConnectingAgent, exchange, type Reply } from '../http.ts';
import { connectPlain, connectTrusted } from '../trust.ts';
import type { Turns } from '../turns.ts';
import { authorization, type Challenge, parseChallenge } from './digest.ts';
import { envelope, type Field, type Instance } from './envelope.ts';
import { goodBody, returned } from './failures.ts';
import { type AmtSettings, bmcName } from './settings.ts';

/** A call that is still at it then is given up: AMT takes up to a second for a request. */
const CALL_MS = 20_000;
const PATH = '/wsman';

export type AmtCall = Call<AmtSettings>;

export class Client {
  readonly #call: AmtCall;
  readonly #signal: AbortSignal;
  readonly #agent: Agent;
  #challenge: Challenge | undefined;
  /** How often the challenge's nonce was used. */
  #count = 0;

  private constructor(call: AmtCall, signal: AbortSignal) {
    this.#call = call;
    this.#signal = signal;
    const { address, port, tls } = call.settings;
    const name = bmcName(call.settings);
    this.#agent = new ConnectingAgent(() =>
      tls === 'off'
        ? connectPlain({ address, port, name }, signal)
        : connectTrusted({ address, port, name, tls }, signal),
    );
  }

  /** Runs `work` when it is this BMC's turn. Throws the errors of BmcDriver. */
  static async run<T>(turns: Turns, call: AmtCall, work: (client: Client) => Promise<T>): Promise<T> {
    return await inTurn(turns, bmcName(call.settings), call, CALL_MS, async (signal) => {
      const client = new Client(call, signal);
      try {
        return await work(client);
      } finally {
        client.#agent.destroy();
      }
    });
  }

  async get(instance: Instance): Promise<Element> {
    return await this.#say(envelope({ get: instance }, randomUUID(), CALL_MS / 1000));
  }

  async put(instance: Instance, fields: readonly Field[]): Promise<void> {
    await this.#say(envelope({ put: instance, fields }, randomUUID(), CALL_MS / 1000));
  }

  /** Calls a method; throws when it returns anything but success. */
  async invoke(method: string, on: Instance, fields: readonly Field[]): Promise<void> {
    const output = await this.#say(envelope({ invoke: method, on, fields }, randomUUID(), CALL_MS / 1000));
    const why = returned(this.#call.settings, this.#call.what, output);
    if (why !== undefined) throw why;
  }

  failed(why: string): BullionError {
    return bmcFailed(bmcName(this.#call.settings), this.#call.what, why);
  }

  refused(why: string): BullionError {
    return bmcRefused(bmcName(this.#call.settings), this.#call.what, why);
  }

  async #say(message: string): Promise<Element> {
    const body = Buffer.from(message);
    let reply = await this.#send(body);
    // The first request has no login, and is refused with a challenge. A nonce that became too old is replaced.
    for (let tries = 0; reply.status === 401 && tries < 2; tries++) {
      const challenge = parseChallenge(reply.headers['www-authenticate']);
      if (challenge === undefined) throw this.failed('it asks for no Digest login; is it Intel AMT?');
      if (this.#challenge !== undefined && !challenge.stale) break;
      this.#challenge = challenge;
      this.#count = 0;
      reply = await this.#send(body);
    }
    return goodBody(this.#call.settings, this.#call.what, reply.status, reply.text);
  }

  async #send(body: Buffer): Promise<Reply> {
    const { address: host, port } = this.#call.settings;
    const asked = {
      ...{ host, port, path: PATH, method: 'POST', body },
      headers: { 'Content-Type': 'application/soap+xml;charset=UTF-8', ...this.#login() },
    };
    return await exchange(this.#agent, asked, this.#signal);
  }

  #login(): Record<string, string> {
    if (this.#challenge === undefined) return {};
    const { username, password } = this.#call.settings;
    const cnonce = randomBytes(16).toString('hex');
    const proof = { username, password, method: 'POST', path: PATH, count: ++this.#count, cnonce };
    return { Authorization: authorization(this.#challenge, proof) };
  }
}
