import { describe, expect, it } from 'vitest';
import { Heartbeats } from './heartbeats.ts';

const lease = (resourceVersion: string) => ({
  metadata: { name: 'agent', namespace: 'berth-a', resourceVersion },
  spec: { renewTime: '1999-01-01T00:00:00.000000Z' },
});

describe('Heartbeats', () => {
  it('calls a member fresh for 40 s of our clock after each change, whatever time the lease names', () => {
    const heartbeats = new Heartbeats();
    heartbeats.observe('a', lease('1'), 0);
    expect(heartbeats.of('a', 39_999)).toEqual({ liveness: 'Fresh', staleInMs: 1 });
    expect(heartbeats.of('a', 40_000)).toEqual({ liveness: 'Stale' });
    heartbeats.observe('a', lease('2'), 50_000);
    expect(heartbeats.of('a', 50_000)).toEqual({ liveness: 'Fresh', staleInMs: 40_000 });
  });

  it('is not fooled by the same lease told again', () => {
    const heartbeats = new Heartbeats();
    heartbeats.observe('a', lease('1'), 0);
    heartbeats.observe('a', lease('1'), 39_000);
    expect(heartbeats.of('a', 41_000).liveness).toBe('Stale');
  });

  it('doubts who was stale when the scheduler started, until the lease changes', () => {
    const heartbeats = new Heartbeats();
    heartbeats.observe('a', lease('1'), 0, true);
    expect(heartbeats.of('a', 1).liveness).toBe('Stale');
    heartbeats.observe('a', lease('2'), 2);
    expect(heartbeats.of('a', 3).liveness).toBe('Fresh');
  });

  it('misses a member without a lease, or with one never renewed', () => {
    const heartbeats = new Heartbeats();
    expect(heartbeats.of('a', 0).liveness).toBe('Missing');
    heartbeats.observe('a', { metadata: { name: 'agent', resourceVersion: '1' }, spec: {} }, 0);
    expect(heartbeats.of('a', 0).liveness).toBe('Missing');
    heartbeats.observe('a', lease('2'), 0);
    heartbeats.observe('a', undefined, 1);
    expect(heartbeats.of('a', 2).liveness).toBe('Missing');
  });
});

describe('observe', () => {
  it('says whether it was a heartbeat', () => {
    const heartbeats = new Heartbeats();
    const seen = [
      heartbeats.observe('a', lease('1'), 0),
      heartbeats.observe('a', lease('1'), 1),
      heartbeats.observe('a', lease('2'), 2, true),
      heartbeats.observe('a', undefined, 3),
      heartbeats.observe('a', { metadata: { name: 'agent', resourceVersion: '3' } }, 4),
      heartbeats.observe('a', { ...lease('3'), metadata: { name: 'agent' } }, 5),
      heartbeats.observe('a', lease('3'), 6, true),
      heartbeats.observe('a', lease('4'), 7),
    ];
    expect(seen).toEqual([true, false, true, false, false, false, false, true]);
  });

  it('forgets a member whose lease is no heartbeat any more', () => {
    const heartbeats = new Heartbeats();
    heartbeats.observe('a', lease('1'), 0);
    heartbeats.observe('a', { metadata: { name: 'agent', resourceVersion: '2' } }, 1);
    expect(heartbeats.of('a', 1)).toStrictEqual({ liveness: 'Missing' });
    heartbeats.observe('a', lease('1'), 2);
    heartbeats.observe('a', { ...lease('2'), metadata: { name: 'agent' } }, 3);
    expect(heartbeats.of('a', 3)).toStrictEqual({ liveness: 'Missing' });
  });
});
