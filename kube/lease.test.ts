import { describe, expect, test } from 'vitest';
import type { Lease } from '../api/index.ts';
import { ApiError } from './errors.ts';
import { type ElectionOptions, type Leadership, runElected } from './lease.ts';
import { silentLog } from './testing/silent-log.ts';
import type { ApiClient } from './types.ts';

/** One Lease as an API server keeps it; `down` makes every request fail. */
class LeaseServer {
  lease: Lease | undefined;
  down = false;
  #version = 0;

  client(): Pick<ApiClient, 'get' | 'create' | 'replace'> {
    return {
      get: async <T>() => {
        this.#check();
        if (this.lease === undefined) throw new ApiError(404, { reason: 'NotFound' });
        return structuredClone(this.lease) as T;
      },
      create: async <T>(_: string, lease: unknown) => {
        this.#check();
        if (this.lease !== undefined) throw new ApiError(409, { reason: 'AlreadyExists' });
        return this.#store(lease as Lease) as T;
      },
      replace: async <T>(_: string, lease: unknown) => {
        this.#check();
        const { resourceVersion } = (lease as Lease).metadata;
        if (resourceVersion !== this.lease?.metadata.resourceVersion) throw new ApiError(409, { reason: 'Conflict' });
        return this.#store(lease as Lease) as T;
      },
    };
  }

  #check(): void {
    if (this.down) throw new ApiError(503, {});
  }

  #store(lease: Lease): Lease {
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } };
    return structuredClone(this.lease);
  }
}

function candidate(server: LeaseServer, identity: string, log: string[], leaseSeconds = 0.3) {
  const stop = new AbortController();
  const options: ElectionOptions = {
    ...{ client: server.client(), namespace: 'n', name: 'l', identity, leaseSeconds, log: silentLog() },
    ...{ now: () => performance.now(), random: () => 0.5, signal: stop.signal },
    onWaiting: (holder) => log.push(`${identity} waits for ${holder}`),
  };
  const work = async ({ signal }: Leadership) => {
    log.push(`${identity} begins`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    log.push(`${identity} ends`);
  };
  return { stop: () => stop.abort(), done: runElected(options, work) };
}

const until = (condition: () => boolean) => expect.poll(condition, { timeout: 5_000, interval: 5 }).toBe(true);

describe('runElected', () => {
  test('one works, another waits and takes over at once when the first stops', async () => {
    const server = new LeaseServer();
    const log: string[] = [];
    const a = candidate(server, 'a', log);
    await until(() => log.includes('a begins'));
    const b = candidate(server, 'b', log);
    await until(() => log.includes('b waits for a'));
    a.stop();
    await a.done;
    expect(server.lease?.spec?.holderIdentity).toBe('');
    await until(() => log.includes('b begins'));
    b.stop();
    await b.done;
    expect(log).toEqual(['a begins', 'b waits for a', 'a ends', 'b begins', 'b ends']);
  });

  test('a holder that cannot renew stops before anybody else may begin, and comes back', async () => {
    const server = new LeaseServer();
    const log: string[] = [];
    const a = candidate(server, 'a', log, 1.5);
    await until(() => log.includes('a begins'));
    const acquired = performance.now();
    server.down = true;
    await until(() => log.includes('a ends'));
    expect(performance.now() - acquired).toBeLessThan(1_500);
    server.down = false;
    await until(() => log.filter((line) => line === 'a begins').length === 2);
    a.stop();
    await a.done;
  });

  test('a holder whose lease was taken stops', async () => {
    const server = new LeaseServer();
    const log: string[] = [];
    const a = candidate(server, 'a', log);
    await until(() => log.includes('a begins'));
    await server.client().replace('leases', {
      ...(server.lease ?? { metadata: { name: 'l' } }),
      spec: { holderIdentity: 'thief', leaseDurationSeconds: 60 },
    } as Lease);
    await until(() => log.includes('a waits for thief'));
    a.stop();
    await a.done;
    expect(log).toEqual(['a begins', 'a ends', 'a waits for thief']);
    expect(server.lease?.spec?.holderIdentity).toBe('thief');
  });

  test('a holder that was frozen writes nothing, though nothing has told it yet', async () => {
    const server = new LeaseServer();
    const stop = new AbortController();
    let frozen = 0;
    const options: ElectionOptions = {
      ...{ client: server.client(), namespace: 'n', name: 'l', identity: 'a', leaseSeconds: 3, log: silentLog() },
      ...{ now: () => performance.now() + frozen, random: () => 0, signal: stop.signal },
    };
    let fences = 0;
    await runElected(options, async ({ signal, fence }) => {
      fence();
      frozen = 2_000;
      expect(signal.aborted).toBe(false);
      expect(fence).toThrow('the lease l is lost');
      fences += 1;
      stop.abort();
    });
    expect(fences).toBe(1);
  });

  test('work that fails ends the election and gives the lease back', async () => {
    const server = new LeaseServer();
    const { client, signal } = { client: server.client(), signal: new AbortController().signal };
    const options: ElectionOptions = {
      ...{ client, namespace: 'n', name: 'l', identity: 'a', leaseSeconds: 1, log: silentLog() },
      ...{ now: () => performance.now(), random: () => 0, signal },
    };
    let left: AbortSignal | undefined;
    const work = async (leadership: Leadership) => {
      left = leadership.signal;
      throw new Error('broken');
    };
    await expect(runElected(options, work)).rejects.toThrow('broken');
    expect(left?.aborted).toBe(true);
    expect(server.lease?.spec?.holderIdentity).toBe('');
  });

  test('of many that begin at once one leads', async () => {
    const server = new LeaseServer();
    const log: string[] = [];
    const all = Array.from({ length: 8 }, (_, index) => candidate(server, `c${index}`, log, 5));
    await until(() => log.length >= 8);
    expect(log.filter((line) => line.endsWith('begins'))).toHaveLength(1);
    for (const { stop } of all) stop();
    await Promise.all(all.map(({ done }) => done));
  });
});
