/**
 * A self-signed certificate (X.509 version 3, RFC 5280), as a BMC comes with. Node verifies certificates and makes
 * none; these lines spare the rack a Debian package.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';

/** Both in PEM. */
export type Certificate = { key: string; certificate: string };

const YEARS = 10;
const HOUR_MS = 3_600_000;

/** DER tags (X.690 section 8); 0xa0 and up are context-specific and constructed, 0x80 and up primitive. */
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT = 0x06;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | size.length]), size, content]);
}

/** Identifiers, encoded (X.690 section 8.19). */
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT, Buffer.from('2a8648ce3d040302', 'hex')));
const COMMON_NAME = der(OBJECT, Buffer.from('550403', 'hex'));
const BASIC_CONSTRAINTS = der(OBJECT, Buffer.from('551d13', 'hex'));
const ALTERNATIVE_NAME = der(OBJECT, Buffer.from('551d11', 'hex'));
const TRUE = der(BOOLEAN, Buffer.from([0xff]));

/** For the given IPv4 addresses, which clients that verify compare. Valid from an hour ago, for ten years. */
export function makeCertificate(commonName: string, addresses: readonly string[]): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(commonName)))));
  const from = new Date(Date.now() - HOUR_MS);
  const until = new Date(from);
  until.setUTCFullYear(from.getUTCFullYear() + YEARS);
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40; // Positive, and without a leading zero that DER would forbid.
  const names = addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number))));
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))), // Version 3.
    der(INTEGER, serial),
    ECDSA_WITH_SHA256,
    name, // The issuer is the subject.
    der(SEQUENCE, time(from), time(until)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(
      0xa3,
      der(
        SEQUENCE,
        der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE))),
        der(SEQUENCE, ALTERNATIVE_NAME, der(OCTET_STRING, der(SEQUENCE, ...names))),
      ),
    ),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const certificate = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature);
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: new X509Certificate(certificate).toString(),
  };
}

/** As clients pin it: SHA-256 over the DER form, upper-case hexadecimal with colons. */
export function fingerprintOf({ certificate }: Certificate): string {
  const digest = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  return digest.toUpperCase().match(/../g)!.join(':');
}

/** RFC 5280 section 4.1.2.5: two digits of the year before 2050, four from then on. */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  if (at.getUTCFullYear() >= 2050) return der(GENERALIZED_TIME, Buffer.from(digits));
  return der(UTC_TIME, Buffer.from(digits.slice(2)));
}
