/** As much of the provisioning service as a booting node speaks to: the configuration, events and the report. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Heard = { path: string; body: string; afterMs: number };

export class FakeProvisioning implements AsyncDisposable {
  /** Every request, in order. */
  readonly heard: Heard[] = [];
  /** The answer to the one fetch of the configuration. */
  config: Record<string, string> = {};
  /** Served at /files/NAME, for firmware. */
  readonly files = new Map<string, Buffer | string>();
  /** How many times the report is refused before it is accepted. */
  refuseReports = 0;
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();
  #started = Date.now();
  #fetched = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeProvisioning> {
    const server = createServer();
    const fake = new FakeProvisioning(server);
    server.on('request', async (request, response) => {
      const [status, body] = await fake.#answer(request);
      response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  /** As if somebody had fetched the configuration before. */
  spendToken(): void {
    this.#fetched = true;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A node is switched on: its token is fresh, and times count from here. */
  startBoot(config: Record<string, string>): void {
    this.config = config;
    this.heard.length = 0;
    this.#fetched = false;
    this.#started = Date.now();
  }

  async #answer(request: IncomingMessage): Promise<[number, string | Buffer]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    this.heard.push({ path, body: Buffer.concat(chunks).toString(), afterMs: Date.now() - this.#started });
    for (const wake of this.#waiting) wake();
    if (path.startsWith('/files/')) {
      const file = this.files.get(path.slice('/files/'.length));
      return file === undefined ? [404, 'no such file\n'] : [200, file];
    }
    if (path === '/boot/token/config') {
      if (this.#fetched) return [410, 'used\n'];
      this.#fetched = true;
      return [
        200,
        Object.entries(this.config)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      ];
    }
    if (path === '/boot/token/report' && this.refuseReports-- > 0) return [503, 'not yet\n'];
    return [204, ''];
  }

  /** The first request to `path` since the boot started. */
  async hear(path: string, timeoutMs: number): Promise<Heard> {
    const found = () => this.heard.find((each) => each.path === path);
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const heard = found();
      if (heard !== undefined) return heard;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no request to ${path} within ${timeoutMs / 1000} s`);
      await new Promise<void>((wake) => {
        const done = () => {
          clearTimeout(timer);
          this.#waiting.delete(done);
          wake();
        };
        const timer = setTimeout(done, left);
        this.#waiting.add(done);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
