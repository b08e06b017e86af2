import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Pod, PodDelegation } from '../api/index.ts';
import { withoutOurs } from '../api/index.ts';
import { amendmentsOf, annotationsFrom, type SentMeta } from './source/owner.ts';
import { amend } from './target/amend.ts';
import { delegatePod } from './target/delegate-pod.ts';
import { delegation, manifest } from './target/delegation.samples.ts';
import { reportOf } from './target/report.ts';

type Patch = Record<string, string | null>;

const patched = (entries: Record<string, string> = {}, patch: Patch = {}): Record<string, string> => {
  const all = Object.entries({ ...entries, ...patch });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
};

/** A proxy and its delegate, with both agents between them; what each of them writes is counted. */
class Pair {
  proxy: Pod;
  delegate: Pod;
  delegation: PodDelegation;
  writes = 0;
  readonly #sent: SentMeta;

  constructor(pod: Pod) {
    this.proxy = pod;
    this.#sent = pod.metadata;
    this.delegation = delegation({ pod });
    const made = delegatePod(this.delegation);
    if ('reason' in made) throw new Error(made.message);
    this.delegate = made;
  }

  owner(of: 'labels' | 'annotations', patch: Patch): void {
    const { metadata } = this.proxy;
    this.proxy = { ...this.proxy, metadata: { ...metadata, [of]: patched(metadata[of], patch) } };
  }

  /** Somebody in the target. */
  other(patch: Patch): void {
    const { metadata } = this.delegate;
    this.delegate = { ...this.delegate, metadata: { ...metadata, annotations: patched(metadata.annotations, patch) } };
  }

  source(): void {
    const { amendments = [] } = this.delegation.spec;
    const next = amendmentsOf(this.proxy, this.#sent, amendments);
    if (next !== amendments) {
      this.writes++;
      const { metadata, spec } = this.delegation;
      const generation = (metadata.generation ?? 0) + 1;
      this.delegation = {
        ...this.delegation,
        metadata: { ...metadata, generation },
        spec: { ...spec, amendments: [...next] },
      };
    }
    const { status, metadata } = this.delegation;
    const upToDate = status?.observedGeneration === metadata.generation;
    const reported = { annotations: status?.annotations ?? {}, upToDate };
    const changes = annotationsFrom(reported, this.proxy, this.#sent, next);
    if (changes === undefined) return;
    this.writes++;
    this.owner('annotations', changes);
  }

  target(): void {
    for (const action of amend(this.delegate, this.delegation, undefined)) this.#carryOut(action);
    const { annotations } = reportOf(this.delegate, this.delegation);
    const { status, metadata } = this.delegation;
    if (JSON.stringify(annotations) === JSON.stringify(status?.annotations)) return;
    this.writes++;
    const observedGeneration = metadata.generation ?? 0;
    this.delegation = { ...this.delegation, status: { observedGeneration, ...(annotations && { annotations }) } };
  }

  #carryOut(action: Action): void {
    this.writes++;
    const body = action.do === 'patch' ? (action.body as { metadata: { labels?: Patch; annotations?: Patch } }) : null;
    const { metadata } = this.delegate;
    const labels = patched(metadata.labels, body?.metadata.labels);
    const annotations = patched(metadata.annotations, body?.metadata.annotations);
    this.delegate = { ...this.delegate, metadata: { ...metadata, labels, annotations } };
  }

  settle(): void {
    for (let i = 0; i < 6; i++) {
      this.source();
      this.target();
    }
  }

  annotations = () => [withoutOurs(this.proxy.metadata.annotations), withoutOurs(this.delegate.metadata.annotations)];
}

const start = () => new Pair(manifest({ metadata: { labels: { app: 'web' }, annotations: { a: '0', b: '0' } } }));
const key = fc.constantFrom('a', 'b', 'c');
const patch = fc.tuple(key, fc.option(fc.constantFrom('0', '1', '2'))).map(([k, v]) => ({ [k]: v }));
type Step = { by: 'owner' | 'other'; patch: Patch } | { by: 'source' | 'target' };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ by: fc.constantFrom('owner' as const, 'other' as const), patch }),
  fc.record({ by: fc.constantFrom('source' as const, 'target' as const) }),
);

function take(pair: Pair, each: Step): void {
  if (!('patch' in each)) pair[each.by]();
  else if (each.by === 'owner') pair.owner('annotations', each.patch);
  else pair.other(each.patch);
}

describe('annotations of a proxy and its delegate', () => {
  it('become alike whoever changes them, with no write once they are', () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const pair = start();
        for (const each of steps) take(pair, each);
        pair.settle();
        const { writes } = pair;
        pair.settle();
        expect(pair.writes).toBe(writes);
        const [ofProxy, ofDelegate] = pair.annotations();
        // What somebody in the target takes away of what was sent stays on the proxy: it is the owner's.
        for (const [name, value] of Object.entries(ofDelegate ?? {})) expect(ofProxy?.[name]).toBe(value);
      }),
      { numRuns: 2_000 },
    ));

  it('the last word of the owner counts, whatever the other does before it is heard, and stays on the proxy', () =>
    fc.assert(
      fc.property(fc.array(step), fc.array(patch), (before, after) => {
        const word = 'x';
        const pair = start();
        for (const each of before) take(pair, each);
        pair.owner('annotations', { a: word });
        for (const each of after) pair.other(each);
        for (const by of ['source', 'source', 'target', 'source', 'target', 'source'] as const) {
          pair[by]();
          expect(pair.annotations()[0]?.['a']).toBe(word);
        }
        expect(pair.annotations()[1]?.['a']).toBe(word);
      }),
      { numRuns: 1_000 },
    ));
});

describe('labels', () => {
  it('changed, added and taken away reach the delegate under their own keys there, in two writes', () => {
    const pair = start();
    pair.owner('labels', { app: 'db', 'example.com/tier': 'one' });
    pair.settle();
    const own = 'multicluster.admiralty.io/';
    expect(pair.delegate.metadata.labels).toMatchObject({ [`${own}app`]: 'db', [`${own}example.com_tier`]: 'one' });
    expect(pair.writes).toBe(2);
    pair.owner('labels', { app: null, 'example.com/tier': null });
    pair.settle();
    const left = Object.keys(pair.delegate.metadata.labels ?? {}).filter((each) => each.startsWith(own));
    expect(left).toEqual([]);
    expect(pair.writes).toBe(4);
  });

  it('of a pod that nobody changes cost nothing', () => {
    const pair = start();
    pair.settle();
    expect(pair.writes).toBe(0);
  });

  it('a delegate that is made late has them from the start', () => {
    const spec = { amendments: [{ of: 'labels' as const, key: 'app', value: 'db' }] };
    const made = delegatePod(delegation({ spec }));
    if ('reason' in made) throw new Error(made.message);
    expect(made.metadata.labels).toMatchObject({ 'multicluster.admiralty.io/app': 'db' });
    expect(amend(made, delegation({ spec }), undefined)).toEqual([]);
  });

  it('ours are nobody’s to change, and a spared one that no longer is goes under its new key', () => {
    const regexp = { 'multicluster.admiralty.io/no-prefix-label-regexp': 'app=web' };
    const pair = new Pair(manifest({ metadata: { labels: { app: 'web' }, annotations: regexp } }));
    pair.owner('labels', { app: 'db', 'delegate.multicluster.admiralty.io/source': 'c' });
    pair.settle();
    expect(pair.delegate.metadata.labels).toMatchObject({
      'multicluster.admiralty.io/app': 'db',
      'delegate.multicluster.admiralty.io/source': 'a',
    });
    expect(pair.delegate.metadata.labels).not.toHaveProperty('app');
  });
});
