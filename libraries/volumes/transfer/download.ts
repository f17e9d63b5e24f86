import { setTimeout as sleep } from 'node:timers/promises';
import { checkSignal } from '../errors.ts';
import type { TransferOptions } from '../options.ts';
import { TransferError } from './errors.ts';
import { refuse, rethrow, stallGuard, unavailable } from './http.ts';
import type { PartialFile } from './partial-file.ts';

export interface DownloadOptions extends TransferOptions {
  /** For messages. */
  readonly what: string;
  /** One GET with these headers. */
  readonly get: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  readonly maxBytes: number;
  readonly expectedBytes?: number;
  /** The digest of the whole, which also vouches for a resumed download where the server names no versions. */
  readonly digest?: { readonly algorithm: 'sha256' | 'sha512'; readonly hex: string };
  /** Attempts in a row that bring nothing. Default 5. */
  readonly attempts?: number;
  /** Default 60 s. */
  readonly stallMs?: number;
  /** The first pause after a failure; doubles up to 30 s. Default 500 ms. */
  readonly backoffMs?: number;
}

/** Connections for one download, however little each of them brings. */
const MAX_CONNECTIONS = 1000;

/** Another connection may bring what this one did not. */
const mayPass = (error: unknown): boolean =>
  error instanceof TransferError && error.code === 'source-unavailable';

/**
 * Fetches into a partial file, going on from where it is, over as many connections as it takes (RFC 9110 sections
 * 13.1.5, 14). Resolves when the file is whole and, where a digest is given, right.
 */
export async function download(partial: PartialFile, options: DownloadOptions): Promise<void> {
  await fetchAll(partial, options);
  if (await isRight(partial, options)) return;
  // Its pieces may be of two versions, where the server gave no way to tell. Once more, in one piece.
  await partial.startOver();
  await fetchAll(partial, options);
  if (await isRight(partial, options)) return;
  const { algorithm, hex } = options.digest!;
  throw new TransferError(
    'source-invalid',
    `${options.what} does not have the ${algorithm} digest ${hex}`,
    'Compare it with what its publisher says; fetch it from a source you trust.',
  );
}

async function isRight(partial: PartialFile, { digest, signal }: DownloadOptions): Promise<boolean> {
  if (digest === undefined) return true;
  return (await partial.digest(digest.algorithm, signal)) === digest.hex.toLowerCase();
}

async function fetchAll(partial: PartialFile, options: DownloadOptions): Promise<void> {
  const { what, signal, attempts = 5, backoffMs = 500 } = options;
  let barren = 0;
  for (let connection = 1; ; connection += 1) {
    checkSignal(signal, `fetching ${what}`);
    const before = partial.bytes;
    try {
      if (await fetchSome(partial, options)) return;
      barren += 1; // the server did not answer what was asked, and the next question is a plainer one
    } catch (error) {
      if (!mayPass(error)) rethrow(error, signal, `fetching ${what}`);
      barren = partial.bytes > before ? 1 : barren + 1;
      if (barren >= attempts || connection >= MAX_CONNECTIONS) rethrow(error, signal, `fetching ${what}`);
      const pauseMs = Math.min(30_000, backoffMs * 2 ** (barren - 1));
      await sleep(pauseMs, undefined, { signal }).catch((reason) =>
        rethrow(reason, signal, `fetching ${what}`),
      );
    }
    if (barren < attempts) continue;
    throw new TransferError(
      'source-invalid',
      `fetching ${what}: the server's answers to requests for a part do not fit together`,
      'Fetch it by hand and import the file.',
    );
  }
}

/** One connection. True: the file is whole. False: it must be begun anew, and was emptied. */
async function fetchSome(partial: PartialFile, options: DownloadOptions): Promise<boolean> {
  const { what, stallMs = 60_000 } = options;
  const canResume = partial.validator !== undefined || options.digest !== undefined;
  if (partial.bytes > 0 && !canResume) await partial.startOver();
  const guard = stallGuard(stallMs, options.signal);
  try {
    const response = await options.get(rangeHeaders(partial), guard.signal);
    guard.touch();
    const encoding = response.headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      await response.body?.cancel();
      throw new TransferError(
        'source-invalid',
        `${what} comes with the content encoding ${encoding}, though none was asked for`,
        'Fetch it by hand and import the file.',
      );
    }
    if (response.status === 206 || response.status === 416) {
      const range = contentRange(response);
      if (response.status === 416) await response.body?.cancel();
      if (response.status === 416 && range?.total === partial.bytes) return finished(partial, options);
      if (response.status === 416 || !continues(partial, range, validatorOf(response))) {
        await response.body?.cancel().catch(() => {});
        await partial.startOver();
        return false;
      }
    } else if (response.status === 200) {
      await partial.startOver(validatorOf(response), lengthOf(response));
    } else {
      await refuse(response, `fetching ${what}`);
    }
    checkLimits(partial.totalBytes, options);
    await receive(partial, response, guard.touch, options);
    return await finished(partial, options);
  } finally {
    guard.end();
    // When this fails less is known to be there, and that is all: the next attempt fetches it again.
    await partial.sync().catch(() => {});
  }
}

function rangeHeaders({ bytes, validator }: PartialFile): Record<string, string> {
  const plain = { 'accept-encoding': 'identity' };
  if (bytes === 0) return plain;
  return {
    ...plain,
    range: `bytes=${bytes}-`,
    ...(validator === undefined ? {} : { 'if-range': validator }),
  };
}

/** Is this 206 the next part of what we have? Some servers and caches answer with another. */
function continues(partial: PartialFile, range: ContentRange | undefined, validator?: string): boolean {
  if (range?.start !== partial.bytes) return false;
  if (partial.totalBytes !== undefined && range.total !== undefined && range.total !== partial.totalBytes) {
    return false;
  }
  return partial.validator === undefined || validator === undefined || validator === partial.validator;
}

async function receive(
  partial: PartialFile,
  response: Response,
  touch: () => void,
  options: DownloadOptions,
): Promise<void> {
  const body = response.body?.getReader();
  if (!body) return;
  try {
    for (;;) {
      const { done, value } = await body.read().catch((error) => {
        throw unavailable(new URL(response.url), error);
      });
      if (done) return;
      touch();
      const known = partial.totalBytes;
      checkLimits(partial.bytes + value.length, { ...options, expectedBytes: undefined });
      if (known !== undefined && partial.bytes + value.length > known) {
        throw new TransferError(
          'source-invalid',
          `${options.what} is longer than ${known} bytes, which the server said`,
          'Try again.',
        );
      }
      await partial.append(value);
      options.onProgress?.({ doneBytes: partial.bytes, totalBytes: known ?? partial.bytes });
    }
  } finally {
    await body.cancel().catch(() => {});
  }
}

async function finished(partial: PartialFile, options: DownloadOptions): Promise<boolean> {
  const { totalBytes } = partial;
  if (totalBytes !== undefined && partial.bytes < totalBytes) {
    throw new TransferError(
      'source-unavailable',
      `fetching ${options.what}: the connection ended at ${partial.bytes} of ${totalBytes} bytes`,
      'Start it again; it goes on where it was.',
    );
  }
  checkLimits(partial.bytes, options);
  return true;
}

function checkLimits(bytes: number | undefined, { what, maxBytes, expectedBytes }: DownloadOptions): void {
  if (bytes === undefined) return;
  if (bytes > maxBytes) {
    throw new TransferError(
      'source-too-large',
      `${what} has more than ${maxBytes} bytes`,
      'Import it with a higher limit if it is meant to be that large.',
    );
  }
  if (expectedBytes === undefined || bytes === expectedBytes) return;
  throw new TransferError(
    'source-invalid',
    `${what} has ${bytes} bytes, but its publisher says ${expectedBytes}`,
    'Compare it with what its publisher says; fetch it from a source you trust.',
  );
}

/** RFC 9110 section 13.1.5: If-Range takes a strong entity tag, or a date. */
function validatorOf({ headers }: Response): string | undefined {
  const tag = headers.get('etag');
  if (tag?.startsWith('"')) return tag;
  return tag === null ? (headers.get('last-modified') ?? undefined) : undefined;
}

function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length');
  return length === null ? undefined : Number(length);
}

interface ContentRange {
  readonly start: number | undefined;
  readonly total: number | undefined;
}

/** RFC 9110 section 14.4: `bytes 0-499/1234`, `bytes 0-499/*`, `bytes * /1234` for a range that is not there. */
function contentRange({ headers }: Response): ContentRange | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (!match) return undefined;
  const number = (text: string | undefined) =>
    text === undefined || text === '*' ? undefined : Number(text);
  return { start: number(match[1]), total: number(match[2]) };
}
