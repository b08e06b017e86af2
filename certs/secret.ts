/** The webhook's certificates as the content of a Secret. Computes only. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { KubeObject } from '../api/index.ts';
import { CLOCK_SKEW_MS, type KeyPair } from './issue.ts';
import type { CertificateFacts, Validity } from './plan.ts';

export interface Secret extends KubeObject {
  type?: string;
  /** Base64. */
  data?: Record<string, string>;
}

/** PEMs of all that the processes of one webhook share. */
export interface TlsContent {
  authority: KeyPair;
  /** Certificates of authorities before this one that are still trusted. */
  former: string[];
  serving: KeyPair;
}

/** What API servers are to trust. */
export const bundleOf = ({ authority, former }: TlsContent): string => [authority.cert, ...former].map(line).join('');

/** `tls.crt` and `tls.key` as the type kubernetes.io/tls asks for; `ca.crt` begins with the authority of `ca.key`. */
export function dataOf(content: TlsContent): Record<string, string> {
  const { authority, serving } = content;
  const texts = {
    'ca.crt': bundleOf(content),
    'ca.key': authority.key,
    'tls.crt': serving.cert,
    'tls.key': serving.key,
  };
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** The content of a Secret that anybody may have written into. Throws with what is wrong with it. */
export function contentOf({ data = {} }: Secret): TlsContent {
  const text = (key: string): string => {
    const value = data[key];
    if (value === undefined) throw new Error(`${key} is missing`);
    return Buffer.from(value, 'base64').toString();
  };
  const [cert, ...former] = text('ca.crt').match(PEM) ?? [];
  if (cert === undefined) throw new Error('ca.crt holds no certificate');
  const authority = { cert: line(cert), key: text('ca.key') };
  const serving = { cert: text('tls.crt'), key: text('tls.key') };
  checkPair('ca', authority);
  checkPair('tls', serving);
  if (!new X509Certificate(authority.cert).ca) throw new Error("ca.crt is no authority's");
  return { authority, former: former.map(line), serving };
}

const line = (pem: string): string => `${pem.trimEnd()}\n`;

/** The authority's key must be of the kind that `loadAuthority` can sign with. */
function checkPair(name: string, { cert, key }: KeyPair): void {
  const privateKey = createPrivateKey(key);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error(`${name}.key is no P-256 key`);
  if (!new X509Certificate(cert).checkPrivateKey(privateKey)) throw new Error(`${name}.key is not of ${name}.crt`);
}

/** What the plan has to know of a content. Throws if a certificate cannot be read. */
export function factsOf({ authority, former, serving }: TlsContent): CertificateFacts {
  const cert = new X509Certificate(serving.cert);
  const signer = [authority.cert, ...former].findIndex((pem) => isSignedBy(cert, new X509Certificate(pem)));
  return {
    authority: validityOf(new X509Certificate(authority.cert)),
    former: former.map((pem) => ({ ...validityOf(new X509Certificate(pem)), pem })),
    serving: {
      ...validityOf(cert),
      signedBy: signer === 0 ? 'authority' : signer > 0 ? 'former' : 'stranger',
      names: (cert.subjectAltName ?? '').split(', ').flatMap((name) => name.split(/^(?:DNS|IP Address):/)[1] ?? []),
    },
  };
}

/** Those of the names and addresses that the serving certificate does not cover. */
export function uncovered({ serving }: TlsContent, names: string[]): string[] {
  const cert = new X509Certificate(serving.cert);
  return names.filter((name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) === undefined);
}

const isSignedBy = (cert: X509Certificate, issuer: X509Certificate): boolean =>
  cert.checkIssued(issuer) && cert.verify(issuer.publicKey);

const validityOf = (cert: X509Certificate): Validity => ({
  issuedAt: Date.parse(cert.validFrom) + CLOCK_SKEW_MS,
  until: Date.parse(cert.validTo),
});
