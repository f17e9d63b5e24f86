import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { listen } from './file-server.ts';

export interface RegistryFaults {
  /** The next so many PATCHes and blob GETs are cut off half way. */
  drops?: number;
  auth?: 'token' | 'basic';
  user?: { name: string; password: string };
  /** Blobs are answered by a redirect to another origin, as registries on object storage do. */
  blobsElsewhere?: string;
}

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * A registry in memory: what of the OCI distribution specification v1.1 is used here, strictly: digests are checked,
 * and a chunk that does not begin where the last one ended is 416.
 */
export class TestRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { type: string; bytes: Buffer }>();
  readonly requests: string[] = [];
  readonly faults: RegistryFaults;
  origin = '';
  readonly #uploads = new Map<string, Buffer>();

  private constructor(faults: RegistryFaults) {
    this.faults = faults;
  }

  static async start(t: Pick<TestContext, 'after'>, faults: RegistryFaults = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(faults);
    registry.origin = await listen(
      t,
      createServer((incoming, answer) => {
        registry.#answer(incoming, answer).catch((error) => {
          if (!answer.headersSent) answer.writeHead(500);
          answer.end(String(error));
        });
      }),
    );
    return registry;
  }

  reference(name: string): string {
    return `${this.origin.replace('http://', '')}/${name}`;
  }

  async #answer(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(incoming.url!, this.origin);
    this.requests.push(`${incoming.method} ${url.pathname} ${incoming.headers.range ?? ''}`.trim());
    if (url.pathname === '/token') return this.#token(incoming, url, answer);
    if (!this.#isLetIn(incoming, answer)) return;
    const path = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(url.pathname);
    if (!path) return void answer.writeHead(404).end();
    const [, repository = '', kind, id = ''] = path;
    if (kind === 'manifests') return this.#manifest(incoming, answer, `${repository}/${id}`, repository);
    if (kind === 'blobs') return this.#blob(incoming, answer, id);
    return this.#upload(incoming, answer, url, repository, id);
  }

  #token(incoming: IncomingMessage, url: URL, answer: ServerResponse): void {
    const { user } = this.faults;
    if (user && incoming.headers.authorization !== basicOf(user)) return void answer.writeHead(401).end();
    answer.end(JSON.stringify({ token: `for ${url.searchParams.get('scope')}` }));
  }

  #isLetIn(incoming: IncomingMessage, answer: ServerResponse): boolean {
    const { auth, user } = this.faults;
    const { authorization } = incoming.headers;
    if (auth === undefined) return true;
    if (auth === 'basic' && authorization === basicOf(user!)) return true;
    if (auth === 'token' && authorization?.startsWith('Bearer for repository:')) return true;
    const challenge =
      auth === 'basic' ? 'Basic realm="test"' : `Bearer realm="${this.origin}/token",service="test"`;
    answer.writeHead(401, { 'www-authenticate': challenge }).end();
    return false;
  }

  async #manifest(incoming: IncomingMessage, answer: ServerResponse, key: string, repository: string) {
    if (incoming.method === 'PUT') {
      const bytes = await bodyOf(incoming);
      const { config, layers } = JSON.parse(bytes.toString());
      for (const { digest } of [config, ...layers]) {
        if (!this.blobs.has(digest)) return void answer.writeHead(400).end(`no blob ${digest}`);
      }
      const stored = { type: incoming.headers['content-type']!, bytes };
      this.manifests.set(key, stored);
      this.manifests.set(`${repository}/${sha256(bytes)}`, stored);
      return void answer.writeHead(201, { location: key }).end();
    }
    const found = this.manifests.get(key);
    if (!found) return void answer.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    answer.writeHead(200, { 'content-type': found.type }).end(found.bytes);
  }

  #blob(incoming: IncomingMessage, answer: ServerResponse, digest: string): void {
    const blob = this.blobs.get(digest);
    if (!blob) return void answer.writeHead(404).end();
    if (incoming.method === 'HEAD')
      return void answer.writeHead(200, { 'content-length': blob.length }).end();
    if (this.faults.blobsElsewhere) {
      return void answer.writeHead(307, { location: this.faults.blobsElsewhere }).end();
    }
    const start = Number(/^bytes=(\d+)-$/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
    answer.writeHead(start > 0 ? 206 : 200, {
      'content-length': blob.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` } : {}),
    });
    if (!this.#drops()) return void answer.end(blob.subarray(start));
    answer.write(blob.subarray(start, start + Math.ceil((blob.length - start) / 2)), () =>
      setTimeout(() => incoming.socket.destroy(), 20),
    );
  }

  async #upload(
    incoming: IncomingMessage,
    answer: ServerResponse,
    url: URL,
    repository: string,
    id: string,
  ): Promise<void> {
    const tell = (status: number, upload: string) => {
      const length = this.#uploads.get(upload)!.length;
      const location = `/v2/${repository}/blobs/uploads/${upload}?state=${length}`;
      answer.writeHead(status, { location, range: `0-${Math.max(0, length - 1)}` }).end();
    };
    if (incoming.method === 'POST') {
      const upload = randomUUID();
      this.#uploads.set(upload, Buffer.alloc(0));
      return tell(202, upload);
    }
    const received = this.#uploads.get(id);
    if (!received) return void answer.writeHead(404).end();
    if (incoming.method === 'GET') return tell(204, id);
    const bytes = await bodyOf(incoming);
    const from = Number(
      /^(\d+)-/.exec(String(incoming.headers['content-range'] ?? `${received.length}-`))?.[1],
    );
    if (from !== received.length)
      return void answer.writeHead(416, { range: `0-${received.length - 1}` }).end();
    if (incoming.method === 'PATCH') {
      const dropped = this.#drops();
      const taken = dropped ? bytes.subarray(0, bytes.length >> 1) : bytes;
      this.#uploads.set(id, Buffer.concat([received, taken]));
      if (dropped) return void incoming.socket.destroy();
      return tell(202, id);
    }
    const whole = Buffer.concat([received, bytes]);
    const digest = url.searchParams.get('digest')!;
    if (sha256(whole) !== digest) return void answer.writeHead(400).end('DIGEST_INVALID');
    this.#uploads.delete(id);
    this.blobs.set(digest, whole);
    answer.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
  }

  #drops(): boolean {
    if ((this.faults.drops ?? 0) <= 0) return false;
    this.faults.drops! -= 1;
    return true;
  }
}

const basicOf = ({ name, password }: { name: string; password: string }): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
