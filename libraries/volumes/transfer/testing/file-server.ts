import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly authorization: string | undefined;
  status: number;
}

/** What goes wrong with one answer; a server takes one off its list for each GET. */
export type Fault = 'drop' | 'drop-at-once' | 'wrong-range' | 'ignore-range' | 'error' | 'stall' | undefined;

export interface ServedFile {
  content: Buffer;
  /** `none`: the server names no versions. */
  validator?: 'etag' | 'date' | 'weak' | 'none';
  faults?: Fault[];
  /** Called when half of an answer was sent. */
  onHalf?: () => void | Promise<void>;
  headers?: Record<string, string>;
}

/** A real web server with one file, which answers for parts as RFC 9110 says, and breaks as it is told. */
export async function serveFile(t: Pick<TestContext, 'after'>, file: ServedFile) {
  const seen: Seen[] = [];
  const server = createServer((incoming, answer) => {
    const note: Seen = {
      method: incoming.method!,
      url: incoming.url!,
      range: incoming.headers.range,
      ifRange: incoming.headers['if-range'] as string | undefined,
      authorization: incoming.headers.authorization,
      status: 0,
    };
    seen.push(note);
    void answerFile(file, incoming, answer).finally(() => (note.status = answer.statusCode));
  });
  const origin = await listen(t, server);
  return { url: `${origin}/disk.img`, origin, seen, file };
}

export async function listen(t: Pick<TestContext, 'after'>, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answerFile(
  file: ServedFile,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const fault = file.faults?.shift();
  const { content, validator = 'etag' } = file;
  const tag = `"${createHash('sha1').update(content).digest('hex')}"`;
  const date = new Date(1.7e12 + (content[0] ?? 0) * 1000).toUTCString();
  const version = { etag: tag, date, weak: `W/${tag}`, none: undefined }[validator];
  if (version !== undefined) answer.setHeader(validator === 'date' ? 'last-modified' : 'etag', version);
  for (const [name, value] of Object.entries(file.headers ?? {})) answer.setHeader(name, value);
  if (fault === 'error') {
    answer.writeHead(503).end('try again');
    return;
  }
  if (fault === 'drop-at-once') {
    incoming.socket.destroy();
    return;
  }
  let start = 0;
  const asked = /^bytes=(\d+)-$/.exec(incoming.headers.range ?? '');
  const condition = incoming.headers['if-range'];
  if (asked && fault !== 'ignore-range' && (condition === undefined || condition === version)) {
    start = Number(asked[1]);
    if (start >= content.length) {
      answer.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    if (fault === 'wrong-range') start = Math.max(0, start - 4096);
    answer.writeHead(206, {
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
      'content-length': content.length - start,
    });
  } else {
    answer.writeHead(200, { 'content-length': content.length });
  }
  const half = start + Math.ceil((content.length - start) / 2);
  answer.write(content.subarray(start, half));
  await new Promise((resolve) => setTimeout(resolve, 10));
  await file.onHalf?.();
  if (fault === 'drop') incoming.socket.destroy();
  else if (fault !== 'stall') answer.end(content.subarray(half));
}
