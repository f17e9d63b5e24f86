import { prepareFetched } from './fetched.ts';
import type { Format } from './formats.ts';
import { type HttpOptions, parse, request, withoutCredentials } from './http.ts';
import type { Prepared, PrepareOptions, Source } from './source.ts';

export interface HttpSourceOptions {
  /** Of the file as it is on the server, packed or not: what its publisher prints. */
  readonly sha256?: string;
  /** Of that file as well. */
  readonly expectedBytes?: number;
  readonly format?: Format;
  /** Throws to refuse an address; asked for every redirect too. A service keeps its own network out of reach by it. */
  readonly permit?: HttpOptions['permit'];
  readonly fetch?: HttpOptions['fetch'];
  readonly attempts?: number;
  readonly stallMs?: number;
  readonly backoffMs?: number;
}

/** A file on a web server. A user and a password may stand in the URL; they go to that server alone. */
export class HttpSource implements Source {
  readonly label: string;
  readonly #url: URL;
  readonly #options: HttpSourceOptions;

  constructor(url: string, options: HttpSourceOptions = {}) {
    this.#url = parse(url);
    this.#options = options;
    // A signed address has its secret in the query.
    this.label = withoutCredentials(this.#url).href.replace(/[?#].*$/, '');
  }

  prepare(options: PrepareOptions): Promise<Prepared> {
    const { sha256, permit, fetch, ...rest } = this.#options;
    return prepareFetched(
      {
        ...rest,
        what: this.label,
        identity: `${withoutCredentials(this.#url).href} ${sha256 ?? ''}`,
        ...(sha256 === undefined ? {} : { digest: { algorithm: 'sha256', hex: sha256 } }),
        get: (headers, signal) => request(this.#url, { headers, signal, permit, fetch }),
      },
      options,
    );
  }
}
