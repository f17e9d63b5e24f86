import { TransferError } from '../errors.ts';
import { basic, type HttpOptions, parse, refuse, request } from '../http.ts';
import { parseChallenges } from './challenge.ts';
import type { Reference } from './reference.ts';

export interface RegistryOptions {
  readonly user?: string;
  readonly password?: string;
  /** Speak HTTP without encryption; registries on this machine are spoken to so anyway. */
  readonly plainHttp?: boolean;
  readonly permit?: HttpOptions['permit'];
  readonly fetch?: HttpOptions['fetch'];
}

type Call = Omit<HttpOptions, 'authorization' | 'permit' | 'fetch'>;

const isLoopback = (host: string): boolean => /^(localhost|127\.[0-9.]+|\[::1\])(:\d+)?$/.test(host);
const TOKEN_BYTES = 64 * 1024;

/**
 * One repository of a registry (OCI distribution specification v1.1). It finds out by the first refusal how it has to
 * identify itself: not at all, by Basic, or by a token for this repository.
 */
export class Registry {
  readonly base: URL;
  readonly #reference: Reference;
  readonly #options: RegistryOptions;
  readonly #actions: string;
  #authorization: string | undefined;

  constructor(reference: Reference, actions: 'pull' | 'pull,push', options: RegistryOptions) {
    const scheme = options.plainHttp || isLoopback(reference.registry) ? 'http' : 'https';
    this.base = parse(`${scheme}://${reference.registry}/v2/${reference.repository}/`);
    this.#reference = reference;
    this.#options = options;
    this.#actions = actions;
  }

  /** A call below `/v2/REPOSITORY/`, or to a place that the registry named. */
  async call(path: string | URL, call: Call = {}): Promise<Response> {
    const url = new URL(path, this.base);
    const response = await this.#send(url, call);
    if (response.status !== 401) return response;
    const challenges = parseChallenges(response.headers.get('www-authenticate') ?? '');
    await response.body?.cancel();
    this.#authorization = await this.#answer(challenges, call.signal);
    return await this.#send(url, call);
  }

  #send(url: URL, call: Call): Promise<Response> {
    const own = url.origin === this.base.origin;
    return request(url, {
      ...call,
      ...(own && this.#authorization !== undefined ? { authorization: this.#authorization } : {}),
      permit: this.#options.permit,
      fetch: this.#options.fetch,
    });
  }

  async #answer(
    challenges: ReturnType<typeof parseChallenges>,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { user, password = '' } = this.#options;
    const own = user === undefined ? undefined : basic(user, password);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer?.parameters.realm === undefined) {
      return challenges.some(({ scheme }) => scheme === 'basic') ? own : undefined;
    }
    // https://distribution.github.io/distribution/spec/auth/token/: the realm gives a token for the scope.
    const realm = parse(bearer.parameters.realm);
    if (own !== undefined && this.base.protocol === 'https:' && realm.protocol === 'http:') {
      throw new TransferError(
        'source-denied',
        `${this.#reference.registry} wants the password sent to ${realm.origin} without encryption`,
        'Ask who keeps the registry to put its token service right.',
      );
    }
    if (bearer.parameters.service !== undefined) realm.searchParams.set('service', bearer.parameters.service);
    const scope = bearer.parameters.scope ?? `repository:${this.#reference.repository}:${this.#actions}`;
    realm.searchParams.set('scope', scope);
    const { permit, fetch } = this.#options;
    const response = await request(realm, {
      signal,
      permit,
      fetch,
      ...(own === undefined ? {} : { authorization: own }),
    });
    if (!response.ok) await refuse(response, `asking ${realm.origin} for a token for ${scope}`);
    const said = JSON.parse(await limitedText(response, TOKEN_BYTES, 'a token')) as {
      token?: string;
      access_token?: string;
    };
    const token = said.token ?? said.access_token;
    return token === undefined ? undefined : `Bearer ${token}`;
  }
}

/** The body of an answer that must not be large. */
export async function limitedText(response: Response, maxBytes: number, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new TransferError(
        'source-invalid',
        `${what} of more than ${maxBytes} bytes`,
        'Check the address.',
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
