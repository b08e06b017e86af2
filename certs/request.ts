/** Requests for certificates that somebody else signs. */
import { ALGORITHM, alternativeNames, type CertificateRequest, library, privateKeyPem, subject } from './issue.ts';

export type SigningRequest = {
  /** PKCS #10, PEM. */
  readonly request: string;
  /** Its new private key (EC P-256, PKCS #8), PEM. */
  readonly key: string;
};

export type Wanted = Pick<CertificateRequest, 'commonName' | 'organizations' | 'dnsNames' | 'ipAddresses'>;

/** A request with a new key. Usages and length of life are told to the signer beside it. Throws for an address that is none. */
export async function createRequest(wanted: Wanted): Promise<SigningRequest> {
  const names = alternativeNames(wanted);
  const x509 = await library();
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject(wanted),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  return { request: request.toString('pem'), key: await privateKeyPem(keys.privateKey) };
}
