/**
 * Who may take a Lease, as client-go's leader election decides it: by how long ago WE saw it change, never by comparing
 * its times with our clock. Pure.
 */
import type { Lease, LeaseSpec } from '../api/index.ts';
import { microTime } from './time.ts';

/** A Lease as last seen to change. */
export interface Seen {
  lease: Lease | undefined;
  /** When it was first seen like this, in milliseconds of our clock. */
  at: number;
}

export interface Candidate {
  /** Unique to the process. */
  identity: string;
  leaseSeconds: number;
}

/** What was seen now, with the time at which it was first seen. */
export function see(before: Seen | undefined, lease: Lease | undefined, now: number): Seen {
  const same = before !== undefined && before.lease?.metadata.resourceVersion === lease?.metadata.resourceVersion;
  return same ? before : { lease, at: now };
}

/** The spec with which the candidate takes or renews the lease; undefined as long as it is another's. */
export function claim({ lease, at }: Seen, { identity, leaseSeconds }: Candidate, now: number): LeaseSpec | undefined {
  const { holderIdentity = '', leaseDurationSeconds = leaseSeconds, ...held } = lease?.spec ?? {};
  const isMine = holderIdentity === identity;
  if (!isMine && holderIdentity !== '' && now < at + leaseDurationSeconds * 1000) return undefined;
  const time = microTime(now);
  return {
    ...held,
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    renewTime: time,
    ...(!isMine && { acquireTime: time, leaseTransitions: (held.leaseTransitions ?? -1) + 1 }),
  };
}

/** The spec that leaves the lease to whoever comes first. */
export const release = (now: number): LeaseSpec => ({
  holderIdentity: '',
  leaseDurationSeconds: 1,
  renewTime: microTime(now),
});
