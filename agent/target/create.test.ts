import { describe, expect, it } from 'vitest';
import { claim } from './accept.ts';
import { create } from './create.ts';
import { delegatePod } from './delegate-pod.ts';
import { delegation, house, manifest, self, state } from './delegation.samples.ts';

const of = delegation();
const pod = {
  do: 'create',
  at: 'home',
  resource: 'pods',
  object: delegatePod(of),
  as: 'berth:source:a',
  strict: true,
  adoptIf: { annotation: 'delegate.multicluster.admiralty.io/proxy-uid', value: of.spec.pod.uid },
};
const claimed = {
  do: 'patch',
  at: 'home',
  resource: 'configmaps',
  namespace: 'berth-system',
  name: 'berth-namespaces',
  type: 'merge',
  body: { data: { jobs: 'a' } },
};
const alone = house({ self: self() });

describe('create', () => {
  it.each([
    ['in a namespace that others may use', state(), [pod]],
    ['and claims its namespace then', state({ house: alone }), [pod, claimed]],
    ['once no create of an earlier leader can come', state({ inheritedUntil: 1_000_000 }), [pod]],
  ])('makes the delegate in the name of its source, %s', (_, each, actions) => {
    expect(create(each)).toStrictEqual({ actions, reasons: [] });
  });

  it('waits for a create of who led before', () => {
    const plan = create(state({ inheritedUntil: 1_000_250 }));
    expect(plan).toStrictEqual({ actions: [], reasons: [], wakeAfterMs: 250 });
  });

  it("waits for the ends of earlier attempts' delegates, which wake it", () => {
    const message = "an earlier attempt's delegate is still there: jobs/one, jobs/two";
    const plan = create(state({ others: ['jobs/one', 'jobs/two'], inheritedUntil: 2_000_000 }));
    expect(plan).toStrictEqual({ actions: [], reasons: [{ reason: 'Waiting', message }] });
  });
});

describe('create refuses, and says why on the delegation', () => {
  const annotations = { 'multicluster.admiralty.io/no-prefix-label-regexp': '(' };

  it.each([
    ['a manifest that is none', delegation({ spec: { manifest: '{' } }), house(), 'BadManifest'],
    ['a bad pattern', delegation({ pod: manifest({ metadata: { annotations } }) }), house(), 'InvalidAnnotation'],
    ['whom the target does not accept', of, house({ self: undefined }), 'NotAccepted'],
  ])('%s', (_, each, home, reason) => {
    const plan = create(state({ delegation: each, house: home, others: ['x'] }));
    const condition = { type: 'Refused', status: 'True', lastTransitionTime: '1970-01-01T00:16:40Z' };
    expect(plan.reasons).toMatchObject([{ reason }]);
    expect(plan.actions).toMatchObject([
      { do: 'patch', at: 'hub', body: { status: { conditions: [{ ...condition, ...plan.reasons[0] }] } } },
    ]);
  });
});

describe('a claim', () => {
  it.each([
    ['once', house({ self: self(), claims: { jobs: 'a' } })],
    ['not where another has one', house({ self: self(), claims: { jobs: 'c' } })],
    ['not where all may be', house({ self: self({ sharedNamespaces: ['jobs'] }) })],
    ['not by a cluster that is not registered', house({ self: undefined })],
    ['not for its own pods', house({ cluster: 'a', self: self() })],
  ])('is made %s', (_, home) => {
    expect(claim(of, home)).toStrictEqual([]);
  });

  it('is made whatever other namespaces are claimed or shared', () => {
    const home = house({ self: self({ sharedNamespaces: ['others'] }), claims: { others: 'a' } });
    expect(claim(of, home)).toStrictEqual([claimed]);
  });
});
