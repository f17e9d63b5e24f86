/** What every command works with: where the services are, who is asking, and where to print. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect, ok, type Services } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import { LiveBlock } from './live-block.ts';

/** What a command prints to; a terminal's or pipe's stream is one. */
export type Sink = { write(text: string): unknown; columns?: number };

export type Io = {
  stdout: Sink;
  stderr: Sink;
  env: NodeJS.ProcessEnv;
  /** Whether a person watches: progress is then redrawn in place. */
  isTTY?: boolean;
  /** Aborted when the person presses Ctrl-C. */
  signal?: AbortSignal;
  /** Keys for consoles. */
  stdin?: NodeJS.ReadStream;
};

export type GlobalOptions = { json?: boolean; url?: string; token?: string; home?: string; debug?: boolean };

export const REPOSITORY = resolve(import.meta.dirname, '../..');
export const DEFAULT_URL = 'http://127.0.0.1:7070';

/** A BMC may take its time behind a request; nothing that a service does before it answers takes longer. */
const REQUEST_MS = 120_000;

export class Cli {
  readonly io: Io;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  json = false;
  debug = false;
  home = '';
  url = '';
  /** Set by commands that end without an error and yet not well, such as `doctor`. */
  exitCode = 0;
  #token: string | undefined;

  constructor(io: Io) {
    this.io = io;
    this.signal = io.signal ?? new AbortController().signal;
    this.configure({});
  }

  configure(options: GlobalOptions): void {
    const { env } = this.io;
    this.json = options.json ?? false;
    this.debug = options.debug ?? false;
    this.home = resolve(options.home || env.BULLION_HOME || join(REPOSITORY, '.bullion'));
    this.url = (options.url || env.BULLION_URL || DEFAULT_URL).replace(/\/+$/, '');
    this.#token = options.token || env.BULLION_TOKEN || undefined;
  }

  /** The answer of a command: one JSON value for programs, `text` for people. */
  result(value: unknown, text: string): void {
    this.io.stdout.write(this.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
  }

  /** A table, or a sentence where there is nothing to show. */
  list<Row>(rows: readonly Row[], whenEmpty: string, text: (rows: readonly Row[]) => string): void {
    this.result(rows, rows.length === 0 ? whenEmpty : text(rows));
  }

  /** Something that people may want to know while they wait. Programs are not told. */
  note(text: string): void {
    if (!this.json) this.io.stderr.write(`${text}\n`);
  }

  /** A block of lines that is redrawn in place; undefined where nobody watches. */
  liveBlock(): LiveBlock | undefined {
    return this.io.isTTY && !this.json ? new LiveBlock(this.io.stderr) : undefined;
  }

  /** The token to act with. Throws `token_missing` where there is none. */
  async token(): Promise<string> {
    const token = this.#token ?? this.#operatorToken();
    if (token !== undefined) return token;
    // That no service runs is the likelier cause, and the better one to be told.
    await ok(connect({ url: this.#checkedUrl(), token: 'none' }).isolation.GET('/isolation/v1/whoami')).catch(
      (error: unknown) => {
        if (error instanceof BullionError && error.code === 'service_unreachable') throw error;
      },
    );
    throw new BullionError('unauthenticated', 'token_missing', `There is no token for ${this.url}.`, {
      hint: `Set BULLION_TOKEN. An operator makes a token for a project with \`bullion project token PROJECT\`; the operator's own is in ${this.#tokenFile} on the machine of \`bullion serve\`.`,
    });
  }

  get #tokenFile(): string {
    return join(this.home, 'operator-token');
  }

  /** What `bullion serve` wrote on this machine; it is never sent to another one. */
  #operatorToken(): string | undefined {
    const { hostname } = new URL(this.#checkedUrl());
    if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return undefined;
    try {
      return readFileSync(this.#tokenFile, 'utf8').trim() || undefined;
    } catch {
      return undefined;
    }
  }

  #checkedUrl(): string {
    const url = URL.parse(this.url);
    if (url && /^https?:$/.test(url.protocol)) return this.url;
    throw new BullionError('invalid', 'url_invalid', `"${this.url}" is not the address of a service.`, {
      hint: `Give one such as ${DEFAULT_URL} with --url or BULLION_URL.`,
    });
  }

  /** Clients of the services. Ctrl-C breaks their requests off; for clean-up afterwards say `whatever: true`. */
  async services(options: { whatever?: boolean } = {}): Promise<Services> {
    const services = connect({ url: this.#checkedUrl(), token: await this.token() });
    const middleware = {
      onRequest: ({ request }: { request: Request }) => {
        const limit = [request.signal, AbortSignal.timeout(REQUEST_MS)];
        return new Request(request, {
          signal: AbortSignal.any(options.whatever ? limit : [...limit, this.signal]),
        });
      },
    };
    services.isolation.use(middleware);
    services.provisioning.use(middleware);
    services.market.use(middleware);
    return services;
  }
}
