/**
 * When the certificate of the kubelet API is asked for, taken and renewed (docs/adr/0013-serving-certificates.md). Pure,
 * one step at a time: after each step, the plan is made again from what is there then.
 */

/** What has become of a request. */
export type Verdict =
  | { is: 'pending' | 'approved' }
  | { is: 'denied' | 'failed'; why: string }
  /** Certificates, PEM: the kubelet API's, and those between it and the authority. */
  | { is: 'signed'; certificate: string };

/** Times in milliseconds since 1970. */
export interface Situation {
  /** A certificate of the cluster that serves; undefined as long as it is our own. */
  served: { takenAt: number; until: number } | undefined;
  /** When this process sent the request whose key it has. */
  askedAt: number | undefined;
  /** The request of our name in the cluster; `ours` if its key is the one we have. */
  found: { uid: string; ours: false } | { uid: string; ours: true; verdict: Verdict } | undefined;
  /** Whether we are to approve what we ask for. */
  approves: boolean;
  now: number;
}

/** What a person has to do something about. */
export type Trouble = { is: 'unapproved' } | { is: 'unsigned' } | { is: 'denied' | 'failed'; why: string };

export type Step =
  | { do: 'wait'; ms: number; trouble?: Trouble }
  | { do: 'ask' }
  | { do: 'remove'; uid: string; why: string }
  | { do: 'approve' }
  | { do: 'take'; certificate: string };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Timers know no more than 24 of them. */
const DAY = 24 * 60 * MINUTE;
/** Between two requests, whatever becomes of them; and the least time for which a certificate is served. */
export const PAUSE_MS = MINUTE;
/** After a request that was denied or failed; clusters remove such requests after the same time. */
export const AGAIN_MS = 60 * MINUTE;
/** How long those who approve and sign by themselves have, before it is a trouble. */
const PATIENCE_MS = 15 * SECOND;

/** The next step, or how long until one may be due. */
export function planCertificate({ served, askedAt, found, approves, now }: Situation): Step {
  if (served !== undefined && now < renewalOf(served))
    return { do: 'wait', ms: Math.min(renewalOf(served) - now, DAY) };
  const askableAt = askedAt === undefined ? now : askedAt + PAUSE_MS;
  if (found?.ours && askedAt !== undefined) return follow(found.uid, found.verdict, { askedAt, approves, now });
  if (now < askableAt) return { do: 'wait', ms: askableAt - now };
  if (found === undefined) return { do: 'ask' };
  return { do: 'remove', uid: found.uid, why: 'its private key is not here any more' };
}

/** Two thirds of the life that a certificate had before it: a signer may date its begin back, and makes it as short as it likes. */
function renewalOf({ takenAt, until }: { takenAt: number; until: number }): number {
  return takenAt + Math.max((2 / 3) * (until - takenAt), PAUSE_MS);
}

function follow(uid: string, verdict: Verdict, o: { askedAt: number; approves: boolean; now: number }): Step {
  const { askedAt, approves, now } = o;
  switch (verdict.is) {
    case 'signed':
      return { do: 'take', certificate: verdict.certificate };
    case 'denied':
    case 'failed': {
      const againAt = askedAt + AGAIN_MS;
      if (now >= againAt) return { do: 'remove', uid, why: `it was ${verdict.is} an hour ago` };
      return { do: 'wait', ms: Math.min(againAt - now, lookAgain(askedAt, now)), trouble: verdict };
    }
    case 'pending':
      return approves ? { do: 'approve' } : wait({ is: 'unapproved' }, askedAt, now);
    case 'approved':
      return wait({ is: 'unsigned' }, askedAt, now);
  }
}

function wait(trouble: Trouble, askedAt: number, now: number): Step {
  const isLong = now - askedAt >= PATIENCE_MS;
  return { do: 'wait', ms: lookAgain(askedAt, now), ...(isLong && { trouble }) };
}

/** Often while those may be at it who approve and sign by themselves, and then who has been told what to do. */
function lookAgain(askedAt: number, now: number): number {
  const age = now - askedAt;
  if (age < 5 * SECOND) return SECOND / 4;
  return age < 10 * MINUTE ? 2 * SECOND : 10 * SECOND;
}
