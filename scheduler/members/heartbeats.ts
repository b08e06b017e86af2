/**
 * Who is alive: a heartbeat counts from when we saw the Lease change, by our clock, since clocks of two machines never
 * compare. Every write of the agent changes the Lease's version.
 */
import type { Lease } from '../../api/index.ts';

export type Liveness = 'Fresh' | 'Stale' | 'Missing';

const STALE_AFTER_MS = 40_000;

export class Heartbeats {
  readonly #seen = new Map<string, { version: string; at: number }>();

  /**
   * The member's Lease as it is now. `doubtful`: this is the first look after a start, and when last looked at, the
   * member was stale; then only a change tells that it lives. Any other first look counts as a heartbeat.
   * @returns whether it was one.
   */
  observe(member: string, lease: Lease | undefined, now: number, doubtful = false): boolean {
    const version = lease?.metadata.resourceVersion;
    if (version === undefined || lease?.spec?.renewTime === undefined) {
      this.#seen.delete(member);
      return false;
    }
    const known = this.#seen.get(member);
    if (known?.version === version) return false;
    const at = known === undefined && doubtful ? Number.NEGATIVE_INFINITY : now;
    this.#seen.set(member, { version, at });
    return at === now;
  }

  /** Whether the member is alive, and if so, in how many milliseconds it is not unless it says so again. */
  of(member: string, now: number): { liveness: Liveness; staleInMs?: number } {
    const known = this.#seen.get(member);
    if (known === undefined) return { liveness: 'Missing' };
    const staleInMs = known.at + STALE_AFTER_MS - now;
    return staleInMs > 0 ? { liveness: 'Fresh', staleInMs } : { liveness: 'Stale' };
  }
}
