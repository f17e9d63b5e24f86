/** A web server on this machine for files that are imported, with ranges; it can be slow, and break off. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class FileServer implements AsyncDisposable {
  readonly files = new Map<string, Buffer>();
  /** Paths that lead elsewhere. */
  readonly redirects = new Map<string, string>();
  /** What was asked for, with its range. */
  readonly seen: string[] = [];
  /** Connections end after so many bytes, while it is set. */
  breakAfter: number | undefined;
  /** Nothing more is sent after that many bytes, and the connection stays, while it is set. */
  hangAfter: number | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FileServer> {
    const server = createServer();
    const files = new FileServer(server);
    server.on('request', (request, response) => {
      const path = request.url!.split('?')[0]!;
      files.seen.push(`${path} ${request.headers.range ?? ''}`.trim());
      const elsewhere = files.redirects.get(path);
      if (elsewhere) return void response.writeHead(302, { location: elsewhere }).end();
      const file = files.files.get(path);
      if (!file) return void response.writeHead(404).end('no such file');
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const part = file.subarray(start);
      response.writeHead(start > 0 ? 206 : 200, {
        etag: '"one"',
        'content-length': part.length,
        ...(start > 0 && { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` }),
      });
      const stop = files.breakAfter ?? files.hangAfter;
      if (stop === undefined) return void response.end(part);
      response.write(part.subarray(0, stop), () => {
        if (files.breakAfter !== undefined) request.socket.destroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return files;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
