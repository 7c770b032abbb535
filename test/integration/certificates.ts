/** Certificates for tests, made on the spot: X.509 v3 with Ed25519 keys, written as DER by hand. Never for production. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM texts. */
  certificate: string;
  key: string;
  name: string;
  privateKey: KeyObject;
}

function der(tag: number, ...parts: (Uint8Array | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const long = body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  const length = body.length < 128 ? [body.length] : long;
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const SEQUENCE = 0x30;
const OID = 0x06;
const ED25519 = der(SEQUENCE, der(OID, [0x2b, 0x65, 0x70]));
const COMMON_NAME = [0x55, 0x04, 0x03];
const ALTERNATIVE_NAME = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

function nameOf(common: string): Buffer {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, der(OID, COMMON_NAME), der(0x0c, Buffer.from(common)))));
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text));
}

function extension(oid: number[], value: Buffer): Buffer {
  return der(SEQUENCE, der(OID, oid), der(0x04, value));
}

/** A certificate for 127.0.0.1 and localhost, signed by `issuer`, or by itself as an authority where there is none. */
export function makeCertificate(name: string, issuer?: Certificate): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const authority = issuer === undefined;
  const address = der(SEQUENCE, der(0x87, [127, 0, 0, 1]), der(0x82, Buffer.from('localhost')));
  const extensions = [
    extension(ALTERNATIVE_NAME, address),
    extension(BASIC_CONSTRAINTS, der(SEQUENCE, ...(authority ? [der(0x01, [0xff])] : []))),
  ];
  const content = der(
    SEQUENCE,
    der(0xa0, der(0x02, [2])),
    der(0x02, [1, ...Buffer.from(name).subarray(0, 8)]),
    ED25519,
    nameOf(issuer?.name ?? name),
    der(SEQUENCE, time('20200101000000Z'), time('20991231235959Z')),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign(null, content, issuer?.privateKey ?? privateKey);
  const bytes = der(SEQUENCE, content, ED25519, der(0x03, [0], signature));
  const lines = bytes.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    privateKey,
  };
}
