/** The certificate of a server that is its own authority, renewed while it serves. */
import { isIP } from 'node:net';
import { createAuthority, issue, type KeyPair } from './issue.ts';

const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 90;
const RENEW_AFTER_MS = 60 * 86_400_000;

export interface Renewing {
  /** PEM of the authority, which lives as long as the process; its key is kept nowhere else. */
  ca: string;
  /** A new certificate if it is time for one, and the first time. */
  renewed: () => Promise<KeyPair | undefined>;
}

/**
 * @param commonName of the authority and its certificates.
 * @param host by which the server is reached: an IP address or a name.
 * @param now milliseconds since the epoch.
 */
export async function createRenewing(commonName: string, host: string, now: () => number): Promise<Renewing> {
  const authority = await createAuthority({ commonName, days: AUTHORITY_DAYS, now });
  const names = isIP(host) === 0 ? { dnsNames: [host] } : { ipAddresses: [host] };
  let renewAt = Number.NEGATIVE_INFINITY;
  return {
    ca: authority.cert,
    renewed: async () => {
      if (now() < renewAt) return undefined;
      const pems = await issue(authority, { commonName, usage: 'server', days: CERTIFICATE_DAYS, now, ...names });
      renewAt = now() + RENEW_AFTER_MS;
      return pems;
    },
  };
}
