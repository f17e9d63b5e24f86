/**
 * The typed client of the services. Paths, parameters and answers are checked against the types in `generated/`, which
 * are made from the services' OpenAPI documents (`npm run sdk`). A failed call throws the service's own BullionError.
 */
import { BullionError, type ErrorBody, type ErrorKind, messageOf } from '@bullion/service/errors';
import createClient, { type Client } from 'openapi-fetch';
import type { paths as IsolationPaths, components as IsolationTypes } from './generated/isolation.ts';
import type { paths as MarketPaths, components as MarketTypes } from './generated/market.ts';
import type {
  paths as ProvisioningPaths,
  components as ProvisioningTypes,
} from './generated/provisioning.ts';

export type Isolation = Client<IsolationPaths>;
export type Provisioning = Client<ProvisioningPaths>;
export type Market = Client<MarketPaths>;
export type MarketType = MarketTypes['schemas'];
export type IsolationType = IsolationTypes['schemas'];
export type ProvisioningType = ProvisioningTypes['schemas'];
export type Operation = IsolationType['Operation'];

export type Connection = {
  /** Where the services answer, e.g. `http://127.0.0.1:7070`. */
  url: string;
  token: string;
  /** `basic` where the token is a user's name and password, encoded as HTTP Basic has them (RFC 7617). */
  scheme?: 'bearer' | 'basic' | undefined;
};

export type Services = { isolation: Isolation; provisioning: Provisioning; market: Market };

/** Clients of all services behind one address. */
export function connect({ url, token, scheme }: Connection): Services {
  const options = {
    baseUrl: url,
    headers: { authorization: `${scheme === 'basic' ? 'Basic' : 'Bearer'} ${token}` },
    fetch: (request: Request) => reach(request, url),
  };
  return {
    isolation: createClient<IsolationPaths>(options),
    provisioning: createClient<ProvisioningPaths>(options),
    market: createClient<MarketPaths>(options),
  };
}

async function reach(request: Request, url: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    const why =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : messageOf(cause);
    throw new BullionError('unavailable', 'service_unreachable', `No service answers at ${url}: ${why}.`, {
      hint: 'Start it with `bullion serve`, or name the right address with --url or BULLION_URL.',
      cause,
    });
  }
}

const KINDS: Record<number, ErrorKind> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  413: 'too_large',
  415: 'unsupported',
  422: 'unprocessable',
  502: 'bad_gateway',
  503: 'unavailable',
  504: 'timeout',
};

/** The error that a service answered with. */
export function errorOf(status: number, body: unknown): BullionError {
  const error = (body as Partial<ErrorBody> | undefined)?.error;
  return new BullionError(
    KINDS[status] ?? 'internal',
    error?.code ?? 'answer_unreadable',
    error?.message ?? `The service answered with status ${status}.`,
    {
      hint: error?.hint,
      details: error?.details,
    },
  );
}

/** The answer of a call, or the service's error as an exception: `const node = await ok(isolation.GET(...))`. */
export async function ok<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorOf(response.status, error);
  return data as Data;
}

/** What a request for one page of a list answers with. */
type PageAnswer<Row> = { data?: Row[]; error?: unknown; response: Response };

/** A whole list, page by page: `all((page) => isolation.GET(PATH, { params: { query: page } }))`. */
export async function all<Row>(
  read: (page: { after?: never; limit: number }) => Promise<PageAnswer<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | undefined; ; ) {
    // A cursor is a name or a number, by the list; it goes back as it came.
    const call = read({ ...(after === undefined ? {} : { after: after as never }), limit: 1000 });
    rows.push(...(await ok(call)));
    const next = (await call).response.headers.get('x-next-cursor');
    if (next === null) return rows;
    after = decodeURIComponent(next);
  }
}

type OperationReader = (id: string, waitSeconds: number) => Promise<Operation>;

export const isolationOperation =
  ({ isolation }: Services): OperationReader =>
  (id, wait) =>
    ok(isolation.GET('/isolation/v1/operations/{id}', { params: { path: { id }, query: { wait } } }));

export const provisioningOperation =
  ({ provisioning }: Services): OperationReader =>
  (id, wait) =>
    ok(provisioning.GET('/provisioning/v1/operations/{id}', { params: { path: { id }, query: { wait } } }));

/** Waits for the end of an operation and throws its error where it failed. `onProgress` sees it whenever it is read. */
export async function settle(
  read: OperationReader,
  id: string,
  options: { signal?: AbortSignal; onProgress?: (operation: Operation) => void } = {},
): Promise<Operation> {
  for (;;) {
    options.signal?.throwIfAborted();
    const operation = await read(id, 2);
    options.onProgress?.(operation);
    if (operation.state === 'failed') throw errorOf(500, { error: operation.error });
    if (operation.state === 'succeeded') return operation;
  }
}
