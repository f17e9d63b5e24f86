/** How the host asks a running rack what it does: one JSON line each way, over a unix socket. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';

export type LiveState = { power: Record<string, 'on' | 'off'> };

const ANSWER_MS = 5000;

/** Answers every connection with the state of that moment. */
export async function serveControl(path: string, state: () => LiveState): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${JSON.stringify(state())}\n`);
  });
  server.listen(path);
  await once(server, 'listening');
}

/** Undefined where the supervisor does not answer. */
export async function askControl(path: string): Promise<LiveState | undefined> {
  const socket = connect(path);
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
  try {
    return JSON.parse(await text(socket)) as LiveState;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
