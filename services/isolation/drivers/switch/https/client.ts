/** Requests over HTTPS to a switch that is pinned by its certificate, with HTTP Basic credentials (RFC 7617). */
import { X509Certificate } from 'node:crypto';
import { Agent, type RequestOptions, request } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { BullionError, messageOf } from '@bullion/service/errors';
import { z } from 'zod';
import { switchIdentityChanged, switchLoginRefused, switchUnreachable } from '../errors.ts';
import { hostSchema, tcpPortSchema } from '../ssh/settings.ts';

/** Spread into a driver's own strict object. */
export const httpsSettings = {
  address: hostSchema.describe('host name or IP address of the management interface'),
  port: tcpPortSchema.default(443),
  username: z.string().regex(/^[^:\p{Cc}]{1,64}$/u, 'must be a user name without a colon'),
  password: z.string().regex(/^\P{Cc}{1,256}$/u, 'must be a password without control characters'),
  certificate: z
    .string()
    .refine(isCertificate, 'must be a certificate in PEM')
    .optional()
    .describe("the switch's own certificate, or that of its CA; left out, the CAs of this host are asked"),
};

export const HTTPS_SECRETS = ['password'] as const;

export type HttpsSettings = {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly certificate?: string | undefined;
};

export type Request = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  /** Of the body, and of the answer where `accept` is left out. */
  readonly type?: string;
  readonly accept?: string;
};

export type Reply = { readonly status: number; readonly body: string };

const MAX_REPLY = 64 * 1024 * 1024;
/** OpenSSL's words for a certificate that does not hold, and node's for one of another host. */
const NOT_TRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS_CERT_ALTNAME_INVALID/;

/** One connection, kept; requests wait for each other. */
export class HttpsClient {
  readonly #settings: HttpsSettings;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;

  constructor(settings: HttpsSettings, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    this.#signal = AbortSignal.any([signal, this.#end.signal]);
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      ...(settings.certificate === undefined ? {} : { ca: settings.certificate }),
      // A switch's own certificate seldom names it; that it is this very one says more than a name.
      checkServerIdentity: (host, peer) =>
        settings.certificate !== undefined && peer.raw.equals(new X509Certificate(settings.certificate).raw)
          ? undefined
          : checkServerIdentity(host, peer),
    });
  }

  /** Throws `switch_unreachable` (the client is spent then), `switch_identity_changed` or `switch_login_refused`. */
  async ask({ method, path, body = '', type = 'application/json', accept = type }: Request): Promise<Reply> {
    const { address, port, username, password } = this.#settings;
    const late = AbortSignal.timeout(this.#timeoutMs);
    const content =
      body === '' ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) };
    try {
      const reply = await exchange(
        {
          ...{ host: address, port, path, method, agent: this.#agent },
          auth: `${username}:${password}`,
          headers: { ...content, accept },
          signal: AbortSignal.any([this.#signal, late]),
        },
        body,
      );
      if (reply.status === 401 || reply.status === 403) {
        throw switchLoginRefused(address, `HTTP ${reply.status} to user "${username}".`);
      }
      return reply;
    } catch (error) {
      if (error instanceof BullionError) throw error;
      if (this.#end.signal.aborted) throw switchUnreachable(address, new Error('the session is closed'));
      if (this.#signal.aborted) throw switchUnreachable(address, new Error('the session was aborted'));
      // What was sent may still be done: nobody may take this session's word for anything now.
      this.close();
      if (NOT_TRUSTED.test((error as NodeJS.ErrnoException).code ?? '')) {
        throw switchIdentityChanged(address, messageOf(error));
      }
      throw switchUnreachable(
        address,
        late.aborted ? new Error(`no answer in ${this.#timeoutMs} ms`) : error,
      );
    }
  }

  close(): void {
    this.#end.abort();
    this.#agent.destroy();
  }
}

async function exchange(options: RequestOptions, body: string): Promise<Reply> {
  return await new Promise((resolve, reject) => {
    const asking = request(options, (answer) => {
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > MAX_REPLY) asking.destroy(new Error('its answer is too long'));
      });
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

function isCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}
