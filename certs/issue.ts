import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, JsonGeneralName, JsonName, X509Certificate } from '@peculiar/x509';

const DAY = 86_400_000;
/** Certificates begin a little in the past, because the clocks of two machines differ. */
export const CLOCK_SKEW_MS = 5 * 60_000;
export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** A certificate and its private key (PKCS #8), both PEM. */
export type KeyPair = { readonly cert: string; readonly key: string };

/** A certificate authority that can sign; `cert` and `key` are what `loadAuthority` takes. */
export type Authority = KeyPair & { readonly certificate: X509Certificate; readonly signingKey: webcrypto.CryptoKey };

export type AuthorityRequest = { readonly commonName: string; readonly days: number; readonly now: () => number };

export type CertificateRequest = {
  readonly commonName: string;
  /** Kubernetes reads a client's groups from these. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usage: 'server' | 'client' | 'both';
  readonly days: number;
  readonly now: () => number;
};

/** The library needs a quarter of a second to load, which only those who issue should pay. */
export async function library() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/** A new self-signed authority (EC P-256), valid for `days` from `now` (milliseconds since 1970). */
export async function createAuthority(request: AuthorityRequest): Promise<Authority> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [request.commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(request),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    cert: certificate.toString('pem'),
    key: await privateKeyPem(keys.privateKey),
    certificate,
    signingKey: keys.privateKey,
  };
}

/**
 * An authority from its PEMs. Throws when the certificate is no authority's, or the key is not its key
 * (or not an EC P-256 key in PKCS #8).
 */
export async function loadAuthority(pems: KeyPair): Promise<Authority> {
  const x509 = await library();
  const certificate = new x509.X509Certificate(pems.cert);
  if (certificate.getExtension(x509.BasicConstraintsExtension)?.ca !== true) {
    throw new Error(`the certificate of ${certificate.subject} is not an authority's`);
  }
  const der = x509.PemConverter.decodeFirst(pems.key);
  const signingKey = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
  if (!(await belongs(signingKey, certificate))) throw new Error(`the key does not belong to ${certificate.subject}`);
  return { cert: pems.cert, key: pems.key, certificate, signingKey };
}

/** A certificate with a new EC P-256 key, signed by `authority`. */
export async function issue(authority: Authority, request: CertificateRequest): Promise<KeyPair> {
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: subject(request),
    issuer: authority.certificate.subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(request),
    extensions: await leafExtensions(request, keys.publicKey, authority.certificate),
  });
  return { cert: certificate.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}

function validity({ days, now }: { days: number; now: () => number }): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now() - CLOCK_SKEW_MS), notAfter: new Date(now() + days * DAY) };
}

export function subject({
  commonName,
  organizations = [],
}: Pick<CertificateRequest, 'commonName' | 'organizations'>): JsonName {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }];
}

async function leafExtensions(request: CertificateRequest, publicKey: webcrypto.CryptoKey, issuer: X509Certificate) {
  const x509 = await library();
  const usages = { server: [SERVER_AUTH], client: [CLIENT_AUTH], both: [SERVER_AUTH, CLIENT_AUTH] }[request.usage];
  const extensions: Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ];
  const names = alternativeNames(request);
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names));
  extensions.push(await x509.SubjectKeyIdentifierExtension.create(publicKey));
  return extensions;
}

/** Throws for an address that is none. */
export function alternativeNames({
  dnsNames = [],
  ipAddresses = [],
}: Pick<CertificateRequest, 'dnsNames' | 'ipAddresses'>): JsonGeneralName[] {
  const wrong = ipAddresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new Error(`not an IP address: ${wrong}`);
  return [
    ...dnsNames.map((value): JsonGeneralName => ({ type: 'dns', value })),
    ...ipAddresses.map((value): JsonGeneralName => ({ type: 'ip', value })),
  ];
}

export async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const x509 = await library();
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function belongs(signingKey: webcrypto.CryptoKey, certificate: X509Certificate): Promise<boolean> {
  const probe = new TextEncoder().encode('probe');
  const signature = await crypto.subtle.sign(ALGORITHM, signingKey, probe);
  return crypto.subtle.verify(ALGORITHM, await certificate.publicKey.export(), signature, probe);
}
