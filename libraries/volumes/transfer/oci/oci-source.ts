import { checkSignal } from '../../errors.ts';
import { prepareFetched } from '../fetched.ts';
import type { Prepared, PrepareOptions, Source } from '../source.ts';
import { pullDisk } from './manifest.ts';
import { parseDigest, parseReference, type Reference } from './reference.ts';
import { Registry, type RegistryOptions } from './registry.ts';

export interface OciOptions extends RegistryOptions {
  readonly attempts?: number;
  readonly stallMs?: number;
  readonly backoffMs?: number;
}

/** A disk in a registry, as the one layer of an artifact. Manifest and layer are checked against their digests. */
export class OciSource implements Source {
  readonly label: string;
  readonly #reference: Reference;
  readonly #options: OciOptions;

  constructor(reference: string, options: OciOptions = {}) {
    this.#reference = parseReference(reference);
    this.#options = options;
    this.label = this.#reference.text;
  }

  async prepare(options: PrepareOptions): Promise<Prepared> {
    const registry = new Registry(this.#reference, 'pull', this.#options);
    const { attempts, stallMs, backoffMs } = this.#options;
    const disk = await pullDisk(registry, this.#reference, options.signal).catch((error) => {
      checkSignal(options.signal, `pulling ${this.label}`);
      throw error;
    });
    return prepareFetched(
      {
        attempts,
        stallMs,
        backoffMs,
        what: this.label,
        identity: disk.digest,
        expectedBytes: disk.size,
        digest: parseDigest(disk.digest),
        get: (headers, signal) => registry.call(`blobs/${disk.digest}`, { headers, signal }),
      },
      options,
    );
  }
}
