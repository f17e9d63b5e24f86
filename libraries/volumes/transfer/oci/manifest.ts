import { createHash } from 'node:crypto';
import { TransferError } from '../errors.ts';
import { refuse } from '../http.ts';
import { isDigest, parseDigest, type Reference } from './reference.ts';
import { limitedText, type Registry } from './registry.ts';

/** OCI image specification, "Content Descriptors". */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly architecture?: string; readonly os?: string };
}

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const ACCEPT = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_LIST].join(', ');
/** The specification asks registries to take manifests of up to 4 MiB. */
const MANIFEST_BYTES = 4 * 1024 * 1024;

interface Manifest {
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** The one layer of an artifact that is a disk. Throws `source-invalid` where there is none, or more than one. */
export async function pullDisk(
  registry: Registry,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  let manifest = await pullManifest(registry, reference, reference.version, signal);
  if (manifest.manifests) {
    const all = manifest.manifests;
    const ours = all.filter(
      ({ platform }) =>
        platform === undefined || (platform.architecture === 'amd64' && platform.os === 'linux'),
    );
    if (ours.length !== 1)
      throw unfit(reference, `has ${all.length} variants, ${ours.length} of them for linux/amd64`);
    manifest = await pullManifest(registry, reference, ours[0]!.digest, signal);
  }
  const layers = manifest.layers ?? [];
  const disks = layers.filter(({ mediaType }) => !/\.tar(\+|\.|$)|\+json$|empty/.test(mediaType));
  if (disks.length === 1) {
    const disk = disks[0]!;
    parseDigest(disk.digest);
    if (Number.isSafeInteger(disk.size) && disk.size > 0) return disk;
    throw unfit(reference, `says that its disk has ${disk.size} bytes`);
  }
  throw unfit(
    reference,
    disks.length > 1
      ? `has ${disks.length} disks`
      : `holds no disk, but ${layers.map(({ mediaType }) => mediaType).join(', ') || 'nothing'}`,
  );
}

async function pullManifest(
  registry: Registry,
  reference: Reference,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const what = `pulling the manifest of ${reference.text}`;
  const response = await registry.call(`manifests/${version}`, { headers: { accept: ACCEPT }, signal });
  if (!response.ok) await refuse(response, what);
  const text = await limitedText(response, MANIFEST_BYTES, `the manifest of ${reference.text}`);
  if (isDigest(version)) {
    const { algorithm, hex } = parseDigest(version);
    if (createHash(algorithm).update(text).digest('hex') !== hex)
      throw unfit(reference, 'is not what its digest says');
  }
  try {
    return JSON.parse(text) as Manifest;
  } catch (error) {
    throw unfit(reference, 'has a manifest that is not JSON', error);
  }
}

function unfit(reference: Reference, how: string, cause?: unknown): TransferError {
  return new TransferError(
    'source-invalid',
    `${reference.text} ${how}`,
    'An artifact of one layer is imported: a raw or qcow2 disk, or a raw one packed with gzip or zstd. ' +
      'Container images, whose layers are tar files, are not.',
    cause,
  );
}
