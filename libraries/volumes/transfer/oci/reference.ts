import { TransferError } from '../errors.ts';

/** REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@DIGEST (OCI distribution specification v1.1, "Pulling manifests"). */
export interface Reference {
  readonly registry: string;
  readonly repository: string;
  /** A tag, or a digest. */
  readonly version: string;
  readonly text: string;
}

const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Throws `source-invalid`. The registry is never guessed: a missing one would be somebody else's. */
export function parseReference(text: string): Reference {
  const plain = text.replace(/^oci:\/\//, '');
  const slash = plain.indexOf('/');
  const registry = plain.slice(0, slash);
  const [path = '', digest] = plain.slice(slash + 1).split('@', 2);
  const [repository = '', tag] = path.split(':', 2);
  const isHost =
    /[.:]|^localhost$/.test(registry) && /^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/.test(registry);
  const version = digest ?? tag ?? 'latest';
  const isVersion = digest === undefined ? TAG.test(version) : isDigest(version);
  if (slash > 0 && isHost && REPOSITORY.test(repository) && isVersion) {
    return { registry, repository, version, text: plain };
  }
  throw new TransferError(
    'source-invalid',
    `"${text.slice(0, 300)}" does not name an OCI artifact`,
    'Write REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:..., such as registry.example.org/images/debian:12.',
  );
}

export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/.test(text);
}

export function parseDigest(text: string): { algorithm: 'sha256' | 'sha512'; hex: string } {
  if (!isDigest(text)) {
    throw new TransferError(
      'source-invalid',
      `"${String(text).slice(0, 200)}" is no digest that can be checked`,
      'The registry must name content by sha256 or sha512.',
    );
  }
  const [algorithm, hex] = text.split(':') as ['sha256' | 'sha512', string];
  return { algorithm, hex };
}
