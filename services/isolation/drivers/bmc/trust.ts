/**
 * A connection to a BMC whose certificate is known to be the right one. Most BMCs have certificates of their own
 * making, so one is pinned by its fingerprint; whoever has not pinned it yet is told what to pin.
 */
import { once } from 'node:events';
import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { BullionError } from '@bullion/service/errors';
import { z } from 'zod';
import { bmcUntrusted } from './errors.ts';

/** SHA-256, as `openssl x509 -fingerprint -sha256` prints it; colons and case do not matter. */
const fingerprintSchema = z
  .string()
  .regex(
    /^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/,
    'must be a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
  );

/**
 * What makes a certificate good. Left out: an authority that Node trusts vouches for it and for the address. The
 * words alone are for a command line (`tls=FINGERPRINT`, `tls=insecure`).
 */
export const tlsSchema = z.union([
  fingerprintSchema,
  z.strictObject({ fingerprint: fingerprintSchema }),
  /** Anybody in between reads the password. For a first look on a cable of one's own. */
  z.literal('insecure'),
  z.strictObject({ insecure: z.literal(true) }),
]);

export type Tls = z.infer<typeof tlsSchema>;

export type Endpoint = {
  readonly address: string;
  readonly port: number;
  readonly tls?: Tls | undefined;
  /** What it is called in messages. */
  readonly name: string;
};

/** A BMC that is there answers a SYN and makes its slow handshake within this. */
const CONNECT_MS = 6000;

/** Returns when the certificate has been checked: nothing is sent before. Throws `bmc_untrusted` or a socket's error. */
export async function connectTrusted(endpoint: Endpoint, signal: AbortSignal): Promise<TLSSocket> {
  const { address: host, port } = endpoint;
  const socket = connect({
    ...{ host, port },
    // RFC 6066 section 3: no addresses here.
    ...(isIP(host) ? {} : { servername: host }),
    // Judged below, where the certificate can be told as well.
    rejectUnauthorized: false,
  });
  return await opened(socket, 'secureConnect', signal, () => distrust(endpoint, socket));
}

/** The same without TLS, for BMCs that have none. Throws a socket's error. */
export async function connectPlain({ address, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
  return await opened(plainConnect({ host: address, port }), 'connect', signal, () => undefined);
}

async function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  objection: () => BullionError | undefined,
): Promise<S> {
  const late = AbortSignal.timeout(CONNECT_MS);
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, late]) });
    const why = objection();
    if (why !== undefined) throw why;
    return socket;
  } catch (error) {
    socket.destroy();
    if (late.aborted && !signal.aborted) throw new Error(`no connection within ${CONNECT_MS / 1000} s`);
    throw error;
  }
}

function distrust({ name, tls }: Endpoint, socket: TLSSocket): BullionError | undefined {
  const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
  if (tls === undefined) return socket.authorized ? undefined : unknownCertificate(name, shown, socket);
  const pin = typeof tls === 'string' ? tls : 'insecure' in tls ? 'insecure' : tls.fingerprint;
  return pin === 'insecure' || plain(pin) === plain(shown) ? undefined : otherCertificate(name, shown);
}

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase();

const unknownCertificate = (name: string, fingerprint: string, { authorizationError }: TLSSocket) =>
  untrusted(
    name,
    fingerprint,
    `no authority that is trusted here vouches for it (${authorizationError}). Its SHA-256 fingerprint is ${fingerprint}.`,
    `Compare it with what the BMC's own page shows, then pin it: "tls": {"fingerprint": "${fingerprint}"} in the BMC's settings, or tls=${fingerprint} on a command line.`,
  );

const otherCertificate = (name: string, fingerprint: string) =>
  untrusted(
    name,
    fingerprint,
    `it is not the one that was pinned. Its SHA-256 fingerprint is ${fingerprint}.`,
    'If the BMC was given a new certificate, pin that one; if not, something else answers at its address: do not send it the password.',
  );

const untrusted = (address: string, fingerprint: string, why: string, hint: string) =>
  bmcUntrusted(address, `showed a certificate that cannot be trusted: ${why}`, hint, { fingerprint });
