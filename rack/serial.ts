/**
 * The serial cable between a server and its BMC. ipmi_sim takes many seconds to find a server again that was
 * off, and all that firmware prints is lost meanwhile; so its end stays connected, and the server's end comes
 * and goes with the power.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { passPrompt } from './quick-boot.ts';

/** A BMC that does not read (one that hangs) must not fill the supervisor's memory; the log has every byte. */
const MOST_UNREAD = 1 << 20;

export class SerialLine {
  readonly #quickBoot: boolean;
  #bmc: Socket | undefined;
  #server: Socket | undefined;

  /** With `quickBoot` nobody is waited for at iPXE's prompt. */
  constructor({ quickBoot }: { quickBoot: boolean }) {
    this.#quickBoot = quickBoot;
  }

  /** Waits for the BMC on a port of loopback, and for the server on a unix socket. */
  async lay(bmcPort: number, serverSocket: string): Promise<void> {
    const bmcEnd = createServer((socket) => {
      this.#bmc?.destroy();
      this.#bmc = socket;
      socket.on('data', (bytes) => send(this.#server, bytes));
      socket.on('error', () => socket.destroy());
      socket.setNoDelay(true);
    });
    const serverEnd = createServer((socket) => {
      this.#server?.destroy();
      this.#server = socket;
      socket.on('data', (bytes) => send(this.#bmc, bytes));
      if (this.#quickBoot)
        socket.on(
          'data',
          passPrompt((key) => send(socket, Buffer.from(key))),
        );
      socket.on('error', () => socket.destroy());
    });
    await Promise.all([
      listening(bmcEnd.listen(bmcPort, '127.0.0.1')),
      listening(serverEnd.listen(serverSocket)),
    ]);
  }
}

function send(to: Socket | undefined, bytes: Buffer): void {
  if (to?.writable && to.writableLength < MOST_UNREAD) to.write(bytes);
}

const listening = (server: Server) => once(server, 'listening');
