/** An HTTPS server on loopback with a certificate of its own making, that asks for HTTP Basic credentials. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { run } from '@bullion/service';

export const skip = !existsSync('/usr/bin/openssl') && 'needs openssl (Debian: openssl)';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string;
};
export type Answered = { readonly status: number; readonly body: string };

export const USERNAME = 'bullion';
export const PASSWORD = 'p:ass word';

export class HttpsServer {
  readonly certificate: string;
  /** While set, requests are heard and never answered. */
  hang = false;
  /** Requests that came with other credentials than ours. */
  strangers = 0;
  readonly #server: Server;

  private constructor(server: Server, certificate: string) {
    this.#server = server;
    this.certificate = certificate;
  }

  static async start(answer: (asked: Asked) => Answered): Promise<HttpsServer> {
    const { key, cert } = await selfSigned();
    const server = createServer({ key, cert }, async (request, response) => {
      const body = await text(request);
      if (found.hang) return;
      const wanted = `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`;
      if (request.headers.authorization !== wanted) {
        found.strangers++;
        response
          .writeHead(401, { 'www-authenticate': 'Basic realm="switch"' })
          .end('<html>Unauthorized</html>');
        return;
      }
      const type = request.headers['content-type'] ?? '';
      const reply = answer({ method: request.method ?? '', path: request.url ?? '', type, body });
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
    const found = new HttpsServer(server, cert);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return found;
  }

  /** Settings of a driver. */
  get settings() {
    const { port } = this.#server.address() as AddressInfo;
    return {
      address: '127.0.0.1',
      port,
      username: USERNAME,
      password: PASSWORD,
      certificate: this.certificate,
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** For a host of another name than ours, as switches' own certificates are. */
export async function selfSigned(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'drivers-https-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const args = [
      'req',
      '-x509',
      ...kind,
      '-subj',
      '/CN=switch.invalid',
      '-days',
      '3650',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    const { code, stderr } = await run('openssl', args, { timeoutMs: 20_000 });
    if (code !== 0) throw new Error(`openssl: ${stderr}`);
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
