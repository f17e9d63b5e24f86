/**
 * A TLS connection to a BMC whose certificate is known to be the right one. Most BMCs have certificates of their own
 * making, so one is pinned by its fingerprint; whoever has not pinned it yet is told what to pin.
 */
import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { BullionError } from '@bullion/service/errors';
import { bmcName, type RedfishSettings } from './settings.ts';

/** A BMC that is there answers a SYN and makes its slow handshake within this. */
const CONNECT_MS = 6000;

/** Returns when the certificate has been checked: nothing is sent before. Throws `bmc_untrusted` or a socket's error. */
export async function connectTrusted(settings: RedfishSettings, signal: AbortSignal): Promise<TLSSocket> {
  const { address: host, port } = settings;
  const late = AbortSignal.timeout(CONNECT_MS);
  const socket = connect({
    ...{ host, port },
    // RFC 6066 section 3: no addresses here.
    ...(isIP(host) ? {} : { servername: host }),
    // Judged below, where the certificate can be told as well.
    rejectUnauthorized: false,
  });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, late]) });
    const why = distrust(settings, socket);
    if (why !== undefined) throw why;
    return socket;
  } catch (error) {
    socket.destroy();
    if (late.aborted && !signal.aborted) throw new Error(`no connection within ${CONNECT_MS / 1000} s`);
    throw error;
  }
}

function distrust(settings: RedfishSettings, socket: TLSSocket): BullionError | undefined {
  const { tls } = settings;
  if (tls && 'insecure' in tls) return undefined;
  const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
  if (tls === undefined) return socket.authorized ? undefined : unknownCertificate(settings, shown, socket);
  return plain(tls.fingerprint) === plain(shown) ? undefined : otherCertificate(settings, shown);
}

const plain = (fingerprint: string) => fingerprint.replaceAll(':', '').toLowerCase();

function unknownCertificate(
  settings: RedfishSettings,
  fingerprint: string,
  { authorizationError }: TLSSocket,
) {
  return untrusted(
    settings,
    fingerprint,
    `no authority that is trusted here vouches for it (${authorizationError}). Its SHA-256 fingerprint is ${fingerprint}.`,
    `Compare it with what the BMC's own page shows, then pin it: "tls": {"fingerprint": "${fingerprint}"} in the BMC's settings.`,
  );
}

function otherCertificate(settings: RedfishSettings, fingerprint: string) {
  return untrusted(
    settings,
    fingerprint,
    `it is not the one that was pinned. Its SHA-256 fingerprint is ${fingerprint}.`,
    'If the BMC was given a new certificate, pin that one; if not, something else answers at its address: do not send it the password.',
  );
}

function untrusted(settings: RedfishSettings, fingerprint: string, why: string, hint: string) {
  const address = bmcName(settings);
  return new BullionError(
    'bad_gateway',
    'bmc_untrusted',
    `BMC at ${address} showed a certificate that cannot be trusted: ${why}`,
    { hint, details: { address, fingerprint } },
  );
}
