/** Sends magic packets by UDP broadcast, as an ordinary user can. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { magicPacket } from './packet.ts';
import type { WolSettings } from './settings.ts';

/** Nobody confirms one, so there are several. */
const TIMES = 3;
const PAUSE_MS = 100;

/** Resolves when they were sent; whether the machine heard them nobody knows. Throws a socket's error. */
export async function wake(
  { mac, secureOn, broadcast, wakePort }: WolSettings,
  signal: AbortSignal,
): Promise<void> {
  const packet = magicPacket(mac, secureOn);
  const socket = createSocket('udp4');
  try {
    socket.bind();
    await once(socket, 'listening', { signal });
    socket.setBroadcast(true);
    for (let time = 0; time < TIMES; time++) {
      if (time > 0) await sleep(PAUSE_MS, undefined, { signal });
      await new Promise<void>((resolve, reject) => {
        socket.send(packet, wakePort, broadcast, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    socket.close();
  }
}
