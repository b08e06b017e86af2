/** Of several processes one works: the one that holds a Lease. https://kubernetes.io/docs/concepts/architecture/leases/ */
import type { Lease, LeaseSpec } from '../api/index.ts';
import { type Candidate, claim, release, type Seen, see } from './claim.ts';
import { isAlreadyExists, isConflict, unlessMissing } from './errors.ts';
import type { Log } from './log.ts';
import { sleep } from './time.ts';
import type { ApiClient } from './types.ts';

export interface ElectionOptions extends Candidate {
  client: Pick<ApiClient, 'get' | 'create' | 'replace'>;
  namespace: string;
  name: string;
  log: Log;
  /** Milliseconds; must not go back. */
  now: () => number;
  random: () => number;
  /** Ends the candidature; a lease that is held is given back. */
  signal: AbortSignal;
  /** Told when another process turns out to hold the lease. */
  onWaiting?: (holder: string) => void;
}

/** In parts of the lease's duration, as client-go's defaults are (15 s, 10 s, 2 s). */
const RENEW_DEADLINE = 2 / 3;
const RETRY = 2 / 15;

export interface Leadership {
  /** Fires when the lease is lost, when the work has ended, or when nobody wants it any more. */
  signal: AbortSignal;
  /**
   * Throws if the lease may be another's by now. To be called just before a write leaves: a process that was frozen may
   * go on with what it was about to do before any timer tells it that the lease is lost.
   */
  fence: () => void;
}

type Work = (leadership: Leadership) => Promise<void>;

/**
 * Waits for the lease, then calls `work`; when the lease is lost and `work` has ended, waits again. Resolves after
 * `o.signal`, when the last `work` has ended; rejects if `work` does before its signal.
 */
export async function runElected(o: ElectionOptions, work: Work): Promise<void> {
  const election = new Election(o);
  while (!o.signal.aborted) {
    if (!(await election.won())) return;
    o.log.info({ lease: o.name, identity: o.identity }, 'leading');
    await election.hold(work);
  }
}

class Election {
  readonly #o: ElectionOptions;
  readonly #retryMs: number;
  readonly #deadlineMs: number;
  #seen: Seen | undefined;
  #renewedAt = 0;

  constructor(o: ElectionOptions) {
    this.#o = o;
    this.#retryMs = Math.ceil(o.leaseSeconds * 1000 * RETRY);
    this.#deadlineMs = o.leaseSeconds * 1000 * RENEW_DEADLINE;
  }

  /** Resolves with true when the lease is ours, with false when the signal fires before. */
  async won(): Promise<boolean> {
    const { signal, random, onWaiting } = this.#o;
    let told: string | undefined;
    for (;;) {
      if (await this.#try(signal)) return true;
      const holder = this.#seen?.lease?.spec?.holderIdentity;
      if (holder !== undefined && holder !== '' && holder !== told) onWaiting?.(holder);
      told = holder;
      // Jitter, so that those who wait do not all ask at once.
      if (!(await this.#pause(this.#retryMs * (1 + random() / 5), signal))) return false;
    }
  }

  /** Works while the lease can be renewed, and gives it back after the work. */
  async hold(work: Work): Promise<void> {
    const { signal, log, name } = this.#o;
    const lost = new AbortController();
    const ended = new AbortController();
    const renewing = this.#renew(AbortSignal.any([signal, ended.signal])).then(() => {
      if (signal.aborted || ended.signal.aborted) return;
      log.warn({ lease: name }, 'the lease is lost');
      lost.abort(new Error(`the lease ${name} is lost`));
    });
    // Also when the work has failed: what it started must not go on without it.
    const until = AbortSignal.any([signal, lost.signal, ended.signal]);
    try {
      await work({ signal: until, fence: () => this.#fence() });
    } catch (error) {
      // Work that was called off may say so.
      if (!until.aborted) throw error;
    } finally {
      ended.abort();
      await renewing;
      if (!lost.signal.aborted) await this.#giveBack();
    }
  }

  /** Resolves when the lease has not been renewed in time, or when the signal fires. */
  async #renew(signal: AbortSignal): Promise<void> {
    while (await this.#pause(this.#retryMs, signal)) {
      const left = Math.max(1, Math.ceil(this.#renewedAt + this.#deadlineMs - this.#o.now()));
      const renewed = await this.#try(AbortSignal.any([signal, AbortSignal.timeout(left)]));
      if (!renewed && (this.#isAnothers() || this.#isLate())) return;
    }
  }

  #isLate(): boolean {
    return this.#o.now() >= this.#renewedAt + this.#deadlineMs;
  }

  #fence(): void {
    if (this.#isLate() || this.#isAnothers()) throw new Error(`the lease ${this.#o.name} is lost: nothing is written`);
  }

  #isAnothers(): boolean {
    return this.#seen?.lease?.spec?.holderIdentity !== this.#o.identity;
  }

  /** Takes or renews the lease; false if it is another's, or nothing can be learned of it now. */
  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      // From before the request: what others count from is never earlier.
      const startedAt = this.#o.now();
      this.#seen = see(this.#seen, await this.#read(signal), startedAt);
      const spec = claim(this.#seen, this.#o, startedAt);
      if (spec === undefined) return false;
      await this.#write(spec, signal);
      this.#renewedAt = startedAt;
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      if (!this.#o.signal.aborted) this.#o.log.warn({ lease: this.#o.name, err: error }, 'lease not to be had');
      return false;
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, name, namespace } = this.#o;
    return unlessMissing(client.get<Lease>('leases', name, { namespace, signal }));
  }

  async #write(spec: LeaseSpec, signal: AbortSignal): Promise<void> {
    const { client, name, namespace, now } = this.#o;
    const old = this.#seen?.lease ?? { metadata: { name, namespace } };
    const lease: Lease = { ...old, spec };
    const verb = this.#seen?.lease === undefined ? 'create' : 'replace';
    this.#seen = { lease: await client[verb]<Lease>('leases', lease, { signal }), at: now() };
  }

  /** At the end somebody else need not wait; if it fails they do. */
  async #giveBack(): Promise<void> {
    if (this.#isAnothers()) return;
    try {
      await this.#write(release(this.#o.now()), AbortSignal.timeout(this.#retryMs));
    } catch (error) {
      this.#o.log.info({ lease: this.#o.name, err: error }, 'lease not given back');
    }
  }

  /** False if the signal came first. */
  #pause(ms: number, signal: AbortSignal): Promise<boolean> {
    return sleep(ms, signal).then(
      () => true,
      () => false,
    );
  }
}
