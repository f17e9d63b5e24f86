/**
 * Reads a socket into memory that we name. Node's own way makes a new 64 KiB buffer for every read: with many sessions
 * these are most of what the process holds, and a 256 KiB write costs four reads and a copy of each byte more.
 *
 * Node has this for sockets that it connects (`onread`), not for those that a server accepts. So the accepted socket's
 * handle is moved into a socket that was made with it; `adopt` is the one place that knows. A Node without that
 * handle gets the ordinary way.
 */
import { Socket } from 'node:net';

/** All sockets read into this one: what is in it is done with, or copied, before anything else is read. */
const SHARED: Uint8Array = new Uint8Array(128 << 10);
/** After a long data segment another one is likely: of that little more than the header is read here, and copied. */
const START = SHARED.subarray(0, 4 << 10);

export type Intake = {
  /** Bytes have come into `SHARED`, or a chunk of the ordinary way. Borrowed: they are overwritten after the call. */
  received(chunk: Uint8Array): void;
  /** Bytes have come to the start of what `direct` gave last. */
  landed(length: number): void;
  /** Where the next bytes belong, all of it; undefined when that is not known before they are seen. */
  direct(): Uint8Array | undefined;
};

type WithHandle = { _handle?: object | null };

/** The socket to go on with, paused; the one given is done with. Nothing may have been read from it yet. */
export function adopt(accepted: Socket, intake: Intake): Socket {
  const handle = (accepted as unknown as WithHandle)._handle;
  if (!handle) {
    accepted.on('data', (chunk) => intake.received(chunk));
    return accepted;
  }
  let into = SHARED;
  let landed = false;
  const options = {
    handle,
    allowHalfOpen: true,
    manualStart: true,
    onread: {
      buffer: () => {
        const direct = intake.direct();
        into = direct ?? (landed ? START : SHARED);
        landed = direct !== undefined;
        return into;
      },
      callback: (length: number) => {
        if (into.buffer === SHARED.buffer) intake.received(SHARED.subarray(0, length));
        else intake.landed(length);
        return true;
      },
    },
  };
  (accepted as unknown as WithHandle)._handle = null;
  accepted.destroy();
  return new Socket(options as ConstructorParameters<typeof Socket>[0]);
}
