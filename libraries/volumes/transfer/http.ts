import { checkSignal } from '../errors.ts';
import { TransferError } from './errors.ts';

export interface HttpOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Record<string, string>;
  /** An Authorization header, for the origin of the URL alone. */
  readonly authorization?: string;
  readonly body?: RequestInit['body'];
  readonly signal?: AbortSignal;
  /** Throws to refuse a URL; asked before each hop, so that a redirect leads nowhere that its start may not. */
  readonly permit?: (url: URL) => void | Promise<void>;
  /** In place of the global one: a service that must not be led into its own network looks at the addresses in it. */
  readonly fetch?: typeof fetch;
}

const MAX_REDIRECTS = 10;
const SCHEMES = ['http:', 'https:'];

/**
 * `fetch` that follows a bounded number of redirects, never from https to http, and shows credentials to the first
 * origin only. Rejects with `source-unavailable` when there is no answer.
 */
export async function request(start: URL, options: HttpOptions = {}): Promise<Response> {
  let url = withoutCredentials(start);
  let authorization = options.authorization ?? credentialsIn(start);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    await options.permit?.(url);
    const response = await answerOf(url, options, authorization);
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = parse(location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:') {
      throw invalid(`${url.origin} redirects to ${next.origin}, without encryption`);
    }
    if (next.origin !== url.origin) authorization = undefined;
    url = withoutCredentials(next);
  }
  throw invalid(`${start.origin} redirects more than ${MAX_REDIRECTS} times`);
}

async function answerOf(url: URL, options: HttpOptions, authorization?: string): Promise<Response> {
  try {
    return await (options.fetch ?? fetch)(url, {
      method: options.method ?? 'GET',
      headers: { ...options.headers, ...(authorization === undefined ? {} : { authorization }) },
      body: options.body ?? null,
      signal: options.signal ?? null,
      redirect: 'manual',
      ...(options.body === undefined ? {} : { duplex: 'half' }),
    } as RequestInit);
  } catch (error) {
    throw unavailable(url, error);
  }
}

/** What `fetch` and the reading of a body throw, said so that a person knows which server and why. */
export function unavailable(url: URL, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const { cause, message } = error as Error;
  const reason = (cause as Error | undefined)?.message ?? message;
  return new TransferError(
    'source-unavailable',
    `${url.origin} cannot be reached: ${reason}`,
    'Check the address and the network, then start it again.',
    error,
  );
}

/** An address from a person; throws `source-invalid`. */
export function parse(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (url && SCHEMES.includes(url.protocol)) return url;
  throw invalid(`"${url?.protocol ?? text.slice(0, 200)}" is no http or https address`);
}

export function withoutCredentials(url: URL): URL {
  const plain = new URL(url);
  plain.username = plain.password = '';
  return plain;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function credentialsIn(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

/** Throws for an answer that is not a success, and says whether asking again may help. */
export async function refuse(response: Response, what: string): Promise<never> {
  const said = (await response.text().catch(() => '')).slice(0, 300).replaceAll(/\s+/g, ' ');
  const { status } = response;
  const message = `${what}: the server answered ${status}${said === '' ? '' : ` (${said})`}`;
  if (status === 401 || status === 403) {
    throw new TransferError('source-denied', message, 'Give a user and a password that may read it.');
  }
  if (status === 404 || status === 410) {
    throw new TransferError('source-missing', message, 'Check the address.');
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new TransferError('source-unavailable', message, 'Start it again later; it goes on where it was.');
  }
  throw new TransferError('source-invalid', message, 'Check the address.');
}

/** A signal that also fires when `touch` was not called for `stallMs`; call `end` when done. */
export function stallGuard(stallMs: number, signal: AbortSignal | undefined) {
  const stalled = new AbortController();
  const fire = () => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`));
  let timer = setTimeout(fire, stallMs);
  return {
    signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(fire, stallMs);
    },
    end: () => clearTimeout(timer),
  };
}

/** An `aborted` of the caller's own, where the signal is why something failed. */
export function rethrow(error: unknown, signal: AbortSignal | undefined, what: string): never {
  checkSignal(signal, what);
  throw error;
}

function invalid(message: string): TransferError {
  return new TransferError('source-invalid', message, 'Check the address.');
}
