/**
 * A server that speaks OBMd's wire protocol for one node, with a machine behind it: routes, statuses and bodies as OBMd's
 * source has them (`http.go`, `node.go`, `adminauth.go` and its ipmi driver, 0.1).
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export class FakeObmd implements AsyncDisposable {
  readonly adminToken = randomBytes(16).toString('hex');
  power: 'on' | 'off' = 'off';
  bootdev = 'none';
  /** Every call that did something to the node, oldest first. */
  readonly calls: string[] = [];
  /** The BMC behind OBMd refuses everything: OBMd answers 500. */
  broken = false;
  readonly #node: string;
  #token = randomBytes(16).toString('hex');
  #reader: ServerResponse | undefined;
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response).catch(() => response.destroy());
  });
  #port = 0;

  private constructor(node: string) {
    this.#node = node;
  }

  static async start(node = 'n1'): Promise<FakeObmd> {
    const fake = new FakeObmd(node);
    await fake.comeBack();
    return fake;
  }

  get uri(): string {
    return `http://127.0.0.1:${this.#port}/node/${this.#node}`;
  }

  print(printed: string): void {
    this.#reader?.write(printed);
  }

  /** Another administrator asks for a token, as HIL does when management is enabled. */
  anotherAdministrator(): void {
    this.#newToken();
  }

  async vanish(): Promise<void> {
    this.#reader = undefined;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Started anew, OBMd has other tokens. */
  async comeBack(): Promise<void> {
    this.#newToken();
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }

  #newToken(): void {
    this.#reader?.end();
    this.#reader = undefined;
    this.#token = randomBytes(16).toString('hex');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://obmd');
    const [, prefix, node, operation, ...rest] = url.pathname.split('/');
    const at = `${request.method} ${operation ?? ''}`;
    const body = await text(request);
    const status = (code: number) => void response.writeHead(code).end();
    const json = (value: object) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
    // The router's own answer: also where the administrator's name or token is wrong.
    const noRoute = () => void response.writeHead(404).end('404 page not found\n');
    if (prefix !== 'node' || rest.length > 0) return noRoute();

    if (at === 'POST token' || at === 'DELETE token') {
      const login = Buffer.from(
        (request.headers.authorization ?? '').split(' ')[1] ?? '',
        'base64',
      ).toString();
      if (login !== `admin:${this.adminToken}`) return noRoute();
      if (node !== this.#node) return status(404);
      this.#newToken();
      return at === 'POST token' ? json({ token: this.#token }) : status(200);
    }
    const known = ['GET console', 'POST power_cycle', 'POST power_on', 'POST power_off', 'PUT boot_device'];
    if (![...known, 'GET power_status'].includes(at)) return noRoute();
    const token = url.searchParams.get('token') ?? '';
    if (!/^[0-9a-fA-F]{32}$/.test(token)) return status(401);
    let asked: { force?: boolean; bootdev?: string } = {};
    if (at === 'POST power_cycle' || at === 'PUT boot_device') {
      try {
        asked = JSON.parse(body);
      } catch {
        return status(400);
      }
    }
    if (node !== this.#node) return status(404);
    if (token !== this.#token) return status(401);
    if (this.broken) return status(500);
    if (at === 'GET power_status') return json({ power_status: this.power });
    if (at === 'GET console') {
      this.#reader?.end();
      this.#reader = response;
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).flushHeaders();
      return;
    }
    if (at === 'PUT boot_device') {
      if (!['pxe', 'disk', 'none'].includes(asked.bootdev ?? '')) return status(400);
      this.bootdev = asked.bootdev!;
    } else {
      this.power = at === 'POST power_off' ? 'off' : 'on';
    }
    this.calls.push(
      at === 'POST power_cycle' ? `power_cycle ${asked.force ? 'force' : 'no force'}` : operation!,
    );
    status(200);
  }
}
