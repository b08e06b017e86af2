import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../api/index.ts';
import { original, proxyOf, UID } from '../../../test/builders.ts';
import type { PodUsage } from '../../streams/usage/report.ts';
import { count, type NodeUsage } from './counters.ts';

const START = Date.parse('2026-01-02T03:04:05Z');
const running = (at: number) => [
  {
    ...{ name: 'main', ready: true, restartCount: 0, image: '', imageID: '' },
    state: { running: { startedAt: new Date(at).toISOString() } },
  },
];
const proxy = (started?: number): Pod =>
  proxyOf(
    original(),
    { nodeName: 'berth-away' },
    { phase: 'Running', ...(started !== undefined && { containerStatuses: running(started) }) },
  );
const sample = (seconds: number, cores: number, bytes = 1000): PodUsage => ({
  ...{ uid: UID, at: START + 1000 * seconds },
  containers: [{ name: 'main', cores, bytes }],
});
/** Of a container that began after we did. */
const through = (samples: PodUsage[], pod = proxy(START), begin = count({ pods: [] }, [], () => undefined)) =>
  samples.reduce<NodeUsage>((before, one) => count(before, [one], (uid) => (uid === UID ? pod : undefined)), begin);
const main = (usage: NodeUsage) => usage.pods[0]?.containers[0];

describe('CPU time', () => {
  it('begins as if the container had always used as much', () => {
    expect(main(through([sample(20, 0.1)]))).toEqual({
      ...{ name: 'main', at: START + 20_000, cores: 0.1, bytes: 1000, seconds: 2, since: START, startedAt: START },
    });
  });

  it.each([
    ['may have been counted before us', proxy(START), { pods: [] }],
    ['has not begun, as its proxy says', proxy(), undefined],
    ['begins later, as its proxy says', proxy(START + 25_000), undefined],
  ])('begins with the first sample of a container that %s', (_, pod, begin) => {
    const before = through([sample(20, 0.1)], pod, begin);
    expect(main(before)).toMatchObject({ cores: 0.1, seconds: 0, since: START + 20_000 });
    expect(main(through([sample(22, 0.1)], pod, before))).toMatchObject({ seconds: 0.2, since: START + 20_000 });
  });

  it('goes on over what was not told', () => {
    const pods = new Map([[UID, proxy(START)]]);
    const before = count(through([sample(20, 0.1)]), [], (uid) => pods.get(uid));
    expect(before.pods).toEqual([]);
    expect(main(through([sample(80, 0.2)], proxy(START), before))?.seconds).toBeCloseTo(14);
    const partly = count(through([sample(20, 0.1)]), [{ ...sample(50, 0), containers: [] }], (uid) => pods.get(uid));
    expect(main(through([sample(80, 0.2)], proxy(START), partly))?.seconds).toBeCloseTo(14);
  });

  it('of a proxy that is gone is forgotten', () => {
    const gone = count(through([sample(20, 0.1)]), [], () => undefined);
    expect(gone.counts?.containers.size).toBe(0);
  });

  it('is what was used times how long, between two samples', () => {
    expect(main(through([sample(20, 0.1), sample(35, 0.2)]))).toMatchObject({ seconds: 5, cores: 0.2 });
  });

  it('stays as it is for a sample that was told before, or is older', () => {
    const once = through([sample(20, 0.1)]);
    expect(through([sample(20, 0.1), sample(20, 0.1)])).toEqual(once);
    expect(through([sample(20, 0.1), sample(10, 9)])).toEqual(once);
  });

  it('begins anew with the container', () => {
    const before = through([sample(20, 0.1), sample(35, 0.1)]);
    // Of the container before, though the proxy knows of the next already.
    const late = count(before, [sample(38, 0.1)], () => proxy(START + 40_000));
    expect(main(late)?.seconds).toBeCloseTo(3.8);
    const after = count(late, [sample(50, 0.1)], () => proxy(START + 40_000));
    expect(main(after)?.seconds).toBeCloseTo(1);
    expect(main(after)?.since).toBe(START + 40_000);
  });

  it('goes on when the proxy says late when the container began', () => {
    const before = through([sample(20, 0.1)], proxy());
    expect(main(through([sample(30, 0.1), sample(40, 0.1)], proxy(START), before))?.seconds).toBeCloseTo(2);
  });

  it('is never nothing, which who asks would take for a failure', () => {
    expect(main(through([sample(20, 0)]))?.seconds).toBeGreaterThanOrEqual(1e-9);
  });

  it('never falls while the container runs, nor that of the node, whatever is told', () => {
    const pods = new Map(['one', 'two'].map((uid) => [uid, { ...proxy(START), metadata: { name: uid, uid } }]));
    const told = fc.record({
      uid: fc.constantFrom('one', 'two'),
      at: fc.nat(10_000),
      cores: fc.double({ min: 0, max: 64, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(told, { maxLength: 3 })), (rounds) => {
        let usage: NodeUsage = { pods: [] };
        const most = new Map<Pod, number>();
        for (const round of rounds) {
          const samples = round.map(({ uid, at, cores }) => ({ ...sample(at, cores), uid }));
          const next = count(usage, samples, (uid) => pods.get(uid));
          if (usage.node !== undefined) expect(next.node?.seconds).toBeGreaterThanOrEqual(usage.node.seconds);
          for (const { pod, containers } of next.pods) {
            const seconds = containers[0]?.seconds ?? 0;
            expect(seconds).toBeGreaterThanOrEqual(most.get(pod) ?? 0);
            most.set(pod, seconds);
          }
          usage = next;
        }
      }),
    );
  });
});

describe('a node', () => {
  it('uses what its proxies use together', () => {
    const second = { ...sample(20, 0.3, 500), uid: 'second' };
    const pods = new Map([
      [UID, proxy(START)],
      ['second', { ...proxy(START), metadata: { name: 'second', uid: 'second' } }],
    ]);
    const usage = count({ pods: [] }, [sample(20, 0.1), second], (uid) => pods.get(uid));
    expect(usage.node).toMatchObject({ cores: 0.4, bytes: 1500, at: START + 20_000 });
    const later = count(usage, [sample(30, 0.1)], (uid) => pods.get(uid));
    expect(later.node?.seconds).toBeCloseTo((usage.node?.seconds ?? 0) + 1);
  });

  it('is unknown before anything was told, and uses nothing once all have ended', () => {
    expect(through([]).node).toBeUndefined();
    const usage = count(through([sample(20, 0.1)]), [], () => undefined);
    expect(usage).toMatchObject({ pods: [], node: { cores: 0, bytes: 0, seconds: 2 } });
  });

  it('has only proxies of its own, and only their containers, each once', () => {
    const [own] = sample(20, 0.1).containers;
    const odd = { ...sample(20, 0.1), containers: [{ name: 'x"}', cores: 9, bytes: 9 }, ...(own ? [own, own] : [])] };
    const usage = count({ pods: [] }, [odd, sample(21, 5), { ...odd, uid: 'other' }], (uid) =>
      uid === UID ? proxy(START) : undefined,
    );
    expect(usage.pods.map(({ containers }) => containers.map(({ name, cores }) => [name, cores]))).toEqual([
      [['main', 0.1]],
    ]);
  });
});
