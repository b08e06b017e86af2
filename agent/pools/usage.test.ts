import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addAmounts, DELEGATE, type Pod, podRequests } from '../../api/index.ts';
import { Usage } from './usage.ts';

const pod = (
  nodeName: string | undefined,
  cpu: string,
  phase: 'Running' | 'Failed' = 'Running',
  delegate = false,
): Pod => ({
  metadata: { name: 'p', namespace: 'n', ...(delegate && { labels: { [DELEGATE.source]: 'a' } }) },
  spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }], ...(nodeName && { nodeName }) },
  status: { phase },
});

describe('Usage', () => {
  it('counts bound pods that have not ended and are no delegates', () => {
    const usage = new Usage();
    expect(usage.apply(undefined, pod('a', '1'))).toEqual(['a']);
    expect(usage.apply(undefined, pod('a', '1', 'Failed'))).toEqual([]);
    expect(usage.apply(undefined, pod('a', '1', 'Running', true))).toEqual([]);
    expect(usage.apply(undefined, pod(undefined, '1'))).toEqual([]);
    expect(usage.on('a')).toEqual({ cpu: 1000, pods: 1 });
  });

  it('equals the sum over all pods after any history', () => {
    const state = fc.option(
      fc
        .tuple(
          fc.constantFrom('a', 'b', undefined),
          fc.constantFrom('100m', '2'),
          fc.constantFrom('Running' as const, 'Failed' as const),
        )
        .map(([node, cpu, phase]) => pod(node, cpu, phase)),
      { nil: undefined },
    );
    const history = fc.array(fc.tuple(fc.nat(4), state), { maxLength: 40 });
    fc.assert(
      fc.property(history, (changes) => {
        const usage = new Usage();
        const pods = new Map<number, Pod | undefined>();
        for (const [key, now] of changes) {
          usage.apply(pods.get(key), now);
          pods.set(key, now);
        }
        for (const node of ['a', 'b']) {
          const bound = [...pods.values()].filter((p) => p?.spec.nodeName === node && p.status?.phase === 'Running');
          const sum = bound.reduce((total, p) => addAmounts(total, p ? podRequests(p.spec) : {}), {});
          expect(usage.on(node)).toEqual(sum);
        }
      }),
    );
  });
});
