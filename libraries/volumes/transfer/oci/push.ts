import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkSignal } from '../../errors.ts';
import type { TransferOptions } from '../../options.ts';
import { readWhole } from '../../system/whole.ts';
import { TransferError } from '../errors.ts';
import { refuse, rethrow } from '../http.ts';
import { type Descriptor, MANIFEST } from './manifest.ts';
import { parseReference, type Reference } from './reference.ts';
import { Registry, type RegistryOptions } from './registry.ts';

export const ARTIFACT = 'application/vnd.bullion.disk.v1';

export interface PushOptions extends RegistryOptions, TransferOptions {
  /** Of the file; what is pushed under it, such as `application/vnd.bullion.disk.raw.v1+zstd`. */
  readonly mediaType: string;
  readonly annotations?: Record<string, string>;
  /** Bytes of one PATCH; all of it is in memory. Default 16 MiB. */
  readonly chunkBytes?: number;
  readonly backoffMs?: number;
}

const CHUNK_BYTES = 16 * 1024 * 1024;
const ATTEMPTS = 5;
/** OCI image specification, "Guidance for an Empty Descriptor". */
const EMPTY = Buffer.from('{}');

/**
 * Pushes a file as an artifact of one layer (OCI distribution specification v1.1, "Push"). Resolves with the digest
 * of the manifest. What the registry has already is not sent; a lost connection goes on where the registry says.
 */
export async function pushFile(path: string, to: string, options: PushOptions): Promise<string> {
  const reference = parseReference(to);
  const registry = new Registry(reference, 'pull,push', options);
  const file = await open(path, 'r');
  try {
    const disk = await describe(file, options);
    await pushBlob(registry, reference, disk, options, (at, length) => readAt(file, at, length));
    const empty: Descriptor = {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: `sha256:${createHash('sha256').update(EMPTY).digest('hex')}`,
      size: EMPTY.length,
    };
    const quiet = { ...options, onProgress: undefined };
    await pushBlob(registry, reference, empty, quiet, async (at, length) => EMPTY.subarray(at, at + length));
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST,
        artifactType: ARTIFACT,
        config: empty,
        layers: [disk],
      }),
    );
    const response = await registry.call(`manifests/${reference.version}`, {
      method: 'PUT',
      headers: { 'content-type': MANIFEST },
      body: manifest,
      signal: options.signal,
    });
    if (!response.ok) await refuse(response, `pushing the manifest of ${reference.text}`);
    await response.body?.cancel();
    return `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  } catch (error) {
    rethrow(error, options.signal, `pushing ${reference.text}`);
  } finally {
    await file.close();
  }
}

async function describe(
  file: FileHandle,
  { mediaType, annotations, signal }: PushOptions,
): Promise<Descriptor> {
  const hash = createHash('sha256');
  const { size } = await file.stat();
  for (let at = 0; at < size; ) {
    checkSignal(signal, 'reading what is to be pushed');
    const bytes = await readAt(file, at, Math.min(CHUNK_BYTES, size - at));
    hash.update(bytes);
    at += bytes.length;
  }
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size, ...(annotations ? { annotations } : {}) };
}

type Read = (at: number, length: number) => Promise<Uint8Array>;

async function pushBlob(
  registry: Registry,
  reference: Reference,
  blob: Descriptor,
  options: PushOptions,
  read: Read,
): Promise<void> {
  const { signal, onProgress, backoffMs = 500 } = options;
  const head = await registry.call(`blobs/${blob.digest}`, { method: 'HEAD', signal });
  if (head.ok) return;
  const what = `pushing ${reference.text}`;
  const begun = await registry.call('blobs/uploads/', { method: 'POST', signal });
  if (begun.status !== 202) await refuse(begun, what);
  let place = placeOf(begun, registry);
  let failures = 0;
  for (let at = 0; at < blob.size; ) {
    checkSignal(signal, what);
    const bytes = await read(at, Math.min(options.chunkBytes ?? CHUNK_BYTES, blob.size - at));
    try {
      const response = await registry.call(place, {
        method: 'PATCH',
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${at}-${at + bytes.length - 1}`,
        },
        body: bytes as Uint8Array<ArrayBuffer>,
        signal,
      });
      if (response.status !== 202) await refuse(response, what);
      await response.body?.cancel();
      place = placeOf(response, registry);
      at += bytes.length;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!mayPass(error) || failures >= ATTEMPTS) rethrow(error, signal, what);
      await sleep(backoffMs * 2 ** (failures - 1), undefined, { signal }).catch((reason) =>
        rethrow(reason, signal, what),
      );
      const status = await registry.call(place, { signal });
      if (status.status !== 204) await refuse(status, what);
      place = placeOf(status, registry);
      at = receivedBytes(status);
    }
    onProgress?.({ doneBytes: at, totalBytes: blob.size });
  }
  place.searchParams.set('digest', blob.digest);
  const ended = await registry.call(place, { method: 'PUT', headers: { 'content-length': '0' }, signal });
  if (ended.status !== 201) await refuse(ended, what);
  await ended.body?.cancel();
}

/** A refused piece is asked about as well: the registry may have it. */
const mayPass = (error: unknown): boolean =>
  error instanceof TransferError && error.code === 'source-unavailable';

function placeOf(response: Response, registry: Registry): URL {
  const location = response.headers.get('location');
  if (location !== null) return new URL(location, registry.base);
  throw new TransferError(
    'destination-refused',
    'the registry named no place for the upload',
    'Try another registry.',
  );
}

/** "Range: 0-N" means N + 1 bytes; a registry that has none says 0-0 or nothing. */
function receivedBytes(response: Response): number {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
  return last === undefined || last === '0' ? 0 : Number(last) + 1;
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  const filled = await readWhole(file, bytes, at);
  return bytes.subarray(0, filled);
}
