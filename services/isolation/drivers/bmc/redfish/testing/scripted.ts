/** A BMC that answers as a test says: for what other makes do and the rack's emulator does not. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fingerprintOf, makeCertificate } from '@bullion/rack';

export type Asked = { method: string; path: string; body: unknown; ifMatch: string | undefined };
export type Answered = { status?: number; body?: unknown; etag?: string };

export type ScriptedBmc = AsyncDisposable & {
  settings: Record<string, unknown>;
  /** Whatever was asked, oldest first. */
  asked: Asked[];
};

export async function startScripted(answer: (asked: Asked) => Answered): Promise<ScriptedBmc> {
  const made = makeCertificate('scripted', ['127.0.0.1']);
  const asked: Asked[] = [];
  const server = createServer({ key: made.key, cert: made.certificate }, async (request, response) => {
    const said = await text(request);
    const one: Asked = {
      method: request.method!,
      path: request.url!,
      body: said === '' ? undefined : JSON.parse(said),
      ifMatch: request.headers['if-match'],
    };
    asked.push(one);
    const { status = 200, body, etag } = answer(one);
    response.writeHead(status, etag === undefined ? {} : { ETag: etag });
    response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    settings: {
      ...{ address: '127.0.0.1', port, username: 'admin', password: 'hunter2' },
      tls: { fingerprint: fingerprintOf(made) },
    },
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
