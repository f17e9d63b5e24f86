/** QEMU's machine protocol: JSON lines over a unix socket (docs/interop/qmp-spec). */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { BullionError, messageOf } from '@bullion/service/errors';

type Answer = { return?: unknown; error?: { class: string; desc: string }; id?: number; event?: string };
type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void };

const ANSWER_MS = 10_000;

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  readonly #onEvent: (name: string) => void;

  private constructor(socket: Socket, onEvent: (name: string) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(gone());
      this.#waiting.clear();
    });
    createInterface(socket).on('line', (line) => this.#receive(JSON.parse(line) as Answer));
  }

  /** Connects and leaves the negotiation mode, in which no other command is taken. `onEvent` is told names: `RESET`. */
  static async connect(path: string, onEvent: (name: string) => void = () => {}): Promise<Qmp> {
    const socket = connect(path);
    await once(socket, 'connect');
    const qmp = new Qmp(socket, onEvent);
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  /** Carries out a command and returns its result; throws `qmp_failed` or `qmp_timeout`. */
  async execute(command: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#socket.destroyed) throw gone();
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => reject(late(command)), ANSWER_MS);
    this.#waiting.set(id, { resolve, reject });
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters, id })}\n`);
    try {
      return await promise;
    } catch (cause) {
      if (cause instanceof BullionError) throw cause;
      throw new BullionError('bad_gateway', 'qmp_failed', `QEMU refused ${command}: ${messageOf(cause)}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The greeting carries neither id nor event and is passed over. */
  #receive(answer: Answer): void {
    if (answer.event !== undefined) this.#onEvent(answer.event);
    const waiting = answer.id === undefined ? undefined : this.#waiting.get(answer.id);
    if (answer.error) waiting?.reject(new Error(answer.error.desc));
    else waiting?.resolve(answer.return);
  }
}

const gone = () => new BullionError('unavailable', 'qmp_closed', 'QEMU ended while it was asked something.');
const late = (command: string) =>
  new BullionError('timeout', 'qmp_timeout', `QEMU did not answer ${command} within ${ANSWER_MS / 1000} s.`);
