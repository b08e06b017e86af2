/**
 * When certificates of the webhook are renewed (docs/adr/0006-webhook-certificates.md). Pure, one step at a time: after
 * each step that it asks for, the plan is made again from what is there then.
 */

/** Lengths of time in milliseconds. */
export interface CertificatePolicy {
  /** Life of a serving certificate, renewed after two thirds of it. */
  servingMs: number;
  /** Life of an authority, renewed after two thirds of it: at least three times `servingMs`. */
  authorityMs: number;
  /** How long API servers and the other processes have for a new authority before anything is signed by it. */
  settleMs: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const CERTIFICATE_POLICY: CertificatePolicy = {
  servingMs: 90 * DAY,
  authorityMs: 5 * 365 * DAY,
  settleMs: 10 * MINUTE,
};

/** Milliseconds since 1970. */
export interface Validity {
  issuedAt: number;
  until: number;
}

/** What the plan has to know of the certificates that are there. */
export interface CertificateFacts {
  authority: Validity;
  /** Authorities before this one that are still trusted. */
  former: (Validity & { pem: string })[];
  serving: Validity & { signedBy: 'authority' | 'former' | 'stranger'; names: string[] };
}

export interface Situation {
  /** Undefined if nothing is there, or nothing that can be used. */
  found: CertificateFacts | undefined;
  /** True if this process still has certificates that were good. */
  holds: boolean;
  /** Host names and addresses by which API servers reach this process; those the certificate does not cover. */
  wanted: string[];
  missing: string[];
  now: number;
  policy: CertificatePolicy;
}

export type CertificatePlan =
  | { do: 'keep'; wakeAt: number }
  | { do: 'create'; why: string }
  /** The old authority stays among the trusted ones and its serving certificate in use. */
  | { do: 'renewAuthority'; why: string }
  | { do: 'renewServing'; why: string; names: string[] }
  /** Only these former authorities are still to be trusted. */
  | { do: 'forget'; why: string; former: string[] };

/** Names that a certificate may gather from processes that were reached by others before. */
const MAX_NAMES = 10;

const renewalOf = ({ issuedAt, until }: Validity): number => issuedAt + (2 / 3) * (until - issuedAt);

/** The next step for the certificates, or when to look again. */
export function planCertificates(situation: Situation): CertificatePlan {
  const { found, holds, now, policy } = situation;
  if (found === undefined) {
    const why = 'there is no usable certificate';
    return holds ? { do: 'renewAuthority', why } : { do: 'create', why };
  }
  const why = whyRenewServing(found, situation);
  // First, where both are due: it must last until the next authority has settled.
  if (why !== undefined && now < found.authority.until)
    return { do: 'renewServing', why, names: namesFor(found, situation) };
  if (now >= renewalOf(found.authority)) return { do: 'renewAuthority', why: 'two thirds of its life are over' };
  const trusted = found.former.filter((former) => now < forgottenAt(former, found, policy));
  if (trusted.length < found.former.length)
    return { do: 'forget', why: 'all that they signed has expired', former: trusted.map(({ pem }) => pem) };
  const times = [
    renewalOf(found.authority),
    servingRenewal(found, policy),
    ...found.former.map((former) => forgottenAt(former, found, policy)),
  ];
  return { do: 'keep', wakeAt: Math.min(...times) };
}

function whyRenewServing(found: CertificateFacts, { missing, now, policy }: Situation): string | undefined {
  if (found.serving.signedBy === 'stranger') return 'no trusted authority has signed it';
  if (missing.length > 0) return `it does not cover ${missing.join(', ')}`;
  if (now < servingRenewal(found, policy)) return undefined;
  return found.serving.signedBy === 'former' ? 'the authority is a new one' : 'two thirds of its life are over';
}

/** A new authority signs when everybody trusts it, or when the present certificate cannot be used any longer. */
function servingRenewal({ authority, former, serving }: CertificateFacts, { settleMs }: CertificatePolicy): number {
  if (serving.signedBy !== 'former') return renewalOf(serving);
  return Math.min(authority.issuedAt + settleMs, serving.until, ...former.map(({ until }) => until));
}

/** The last certificate that a former authority can have signed was made before the next authority was. */
const forgottenAt = (former: Validity, { authority }: CertificateFacts, { servingMs }: CertificatePolicy): number =>
  Math.min(former.until, authority.issuedAt + servingMs);

const namesFor = ({ serving }: CertificateFacts, { wanted }: Situation): string[] =>
  [...new Set([...wanted, ...serving.names])].slice(0, MAX_NAMES);
