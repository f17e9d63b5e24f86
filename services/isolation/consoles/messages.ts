/** What is said beside the bytes on a console's WebSocket: JSON in text frames. README.md tells when each comes. */
import { z } from 'zod';
import type { Watcher } from './seats.ts';

export type ServerMessage =
  | { type: 'hello'; node: string; allocation: string; you: string; connected: boolean; from: number }
  /** So many bytes that belong here are not kept. */
  | { type: 'gap'; bytes: number }
  /** The backlog ends here: what follows is printed now. */
  | { type: 'live' }
  | { type: 'connection'; connected: boolean }
  | { type: 'watchers'; watchers: Watcher[] }
  | { type: 'seat'; state: 'granted' | 'refused' | 'taken' | 'given-up'; holder: string | null }
  | { type: 'error'; code: string; message: string; hint?: string | undefined };

const ClientMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('write'), take: z.boolean().default(false) }),
  z.strictObject({ type: z.literal('read') }),
]);
export type ClientMessage = z.output<typeof ClientMessage>;

/** Undefined for what is no message of ours. */
export function readMessage(text: string): ClientMessage | undefined {
  try {
    return ClientMessage.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Why a stream is closed: the code and the reason of the WebSocket's close frame (RFC 6455, 7.4.2: 4000 on are ours). */
export const CLOSE = {
  released: [4000, 'The project holds the node no longer.'],
  credentials: [4001, 'The credentials that opened this stream are good no longer.'],
  access: [4003, 'You may see this console no longer.'],
  slow: [4008, 'You read too slowly, and fell too far behind. Connect again to go on from the log.'],
  closing: [1001, 'The service is closing. Connect again in a moment.'],
  failed: [1011, 'The log of this console cannot be read.'],
} as const satisfies Record<string, readonly [number, string]>;
