import { describe, expect, it } from 'vitest';
import { ANNOTATION, DELEGATE, type Pod } from '../api/index.ts';
import { elect as electIn } from './elect.ts';
import { podOf } from './pod.samples.ts';

const elect = (pod: Pod) => electIn(pod, 'home');
const annotated = (annotations: Record<string, string>) =>
  podOf({}, { annotations: { [ANNOTATION.elect]: '', ...annotations } });

const unannotated = () => {
  const { annotations: _, ...metadata } = podOf().metadata;
  return { ...podOf(), metadata };
};

describe('elect', () => {
  it('elects by the annotation, whatever its value', () => {
    expect(elect(podOf())).toEqual({ elected: true });
    expect(elect(annotated({ [ANNOTATION.elect]: 'yes' }))).toEqual({ elected: true });
  });

  const unelected = 'the pod has no annotation elect';
  const ofDaemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u' };
  const argo = 'pods of Argo Workflows itself stay at home';

  it.each([
    ['has no annotations', unannotated(), unelected],
    ['has no annotation elect', podOf({}, { annotations: {} }), unelected],
    ['has annotations of others', podOf({}, { annotations: { [ANNOTATION.failover]: 'soon' } }), unelected],
    ['is bound', podOf({ nodeName: 'n1' }), 'the pod is bound to a node already'],
    ['is an agent of Argo', podOf({}, { labels: { 'workflows.argoproj.io/component': 'agent' } }), argo],
    ['collects artifacts of Argo', podOf({}, { labels: { 'workflows.argoproj.io/component': 'artifact-gc' } }), argo],
    [
      'mirrors a static pod',
      annotated({ 'kubernetes.io/config.mirror': 'x' }),
      'the mirror of a static pod stays on its node',
    ],
    [
      'is of a DaemonSet',
      podOf({}, { ownerReferences: [{ ...ofDaemonSet, kind: 'Other' }, ofDaemonSet] }),
      'pods of DaemonSets belong to their nodes',
    ],
  ])('leaves a pod alone that %s', (_, pod, message) => {
    expect(elect(pod)).toEqual({ leave: { reason: 'NotElected', message } });
  });

  it('elects pods of other owners and labels', () => {
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'd', uid: 'u' }];
    expect(elect(podOf({}, { ownerReferences, labels: { app: 'x' } }))).toEqual({ elected: true });
    expect(elect(annotated({ [DELEGATE.source]: 'a' }))).toEqual({ elected: true });
    expect(elect(podOf({ nodeName: '' }, { ownerReferences: [], labels: {} }))).toEqual({ elected: true });
  });

  it('refuses a copied proxy, and proxies made by hand, elected or not', () => {
    const copied = {
      refuse: {
        reason: 'ProxyCopied',
        message: 'the pod carries multicluster.admiralty.io/sourcepod-manifest already',
      },
    };
    expect(elect(annotated({ [ANNOTATION.manifest]: '{}' }))).toEqual(copied);
    expect(elect(podOf({}, { annotations: { [ANNOTATION.manifest]: '{}' } }))).toEqual(copied);
    const reserved = { refuse: { reason: 'ReservedScheduler', message: 'the pod has schedulerName berth' } };
    expect(elect(podOf({ schedulerName: 'berth' }))).toEqual(reserved);
    expect(elect(podOf({ schedulerName: 'berth' }, { annotations: {} }))).toEqual(reserved);
    const { metadata, spec } = unannotated();
    expect(elect({ metadata, spec: { ...spec, schedulerName: 'berth' } })).toEqual(reserved);
    expect(elect(podOf({ schedulerName: 'default-scheduler' }))).toEqual({ elected: true });
  });

  it('takes labels of delegates for those of a user', () => {
    const labels = { [DELEGATE.source]: 'a', [DELEGATE.proxyUid]: 'u' };
    expect(elect(podOf({}, { labels }))).toEqual({ elected: true });
  });

  it.each([
    [ANNOTATION.clusterName, ['b', 'b,c', 'b, c-1']],
    [
      ANNOTATION.clusterSelector,
      ['gpu', '!gpu', 'gpu=yes', 'a/b.c==d, e!=f', 'x in (a, b),y notin (c)', 'n>3', 'a in ()', 'a='],
    ],
    [ANNOTATION.proxyMode, ['virtual']],
    [ANNOTATION.failover, ['never', '5m', '1h30m', '0.5s']],
    [ANNOTATION.noPrefixLabelRegexp, ['^app$', '', 'batch\\..*']],
  ])('takes %s', (annotation, texts) => {
    for (const text of texts) expect(elect(annotated({ [annotation]: text })), text).toEqual({ elected: true });
  });

  it.each([
    [ANNOTATION.clusterName, ['', 'B', 'a--b', 'b,', 'b c', 'x'.repeat(28)]],
    [
      ANNOTATION.clusterSelector,
      ['', 'a=b=c', 'a in b', 'a in (b', 'a,,b', '=b', 'a=b c', '!', 'a ~ b', 'a/b/c', 'x'.repeat(5000)],
    ],
    [ANNOTATION.failover, ['', 'soon', '5', '-5m', '5 m']],
    [ANNOTATION.noPrefixLabelRegexp, ['(', '[a', '*']],
  ])('refuses a mistake in %s, naming it', (annotation, texts) => {
    for (const text of texts) {
      const election = elect(annotated({ [annotation]: text }));
      expect(election, text).toMatchObject({ refuse: { reason: 'InvalidAnnotation' } });
      expect(election).toMatchObject({ refuse: { message: expect.stringContaining(annotation) } });
    }
  });

  it('refuses proxy modes that are not there', () => {
    for (const mode of ['node', 'other', ''])
      expect(elect(annotated({ [ANNOTATION.proxyMode]: mode }))).toMatchObject({
        refuse: { reason: 'UnsupportedProxyMode' },
      });
  });

  it('is quick with a selector made to keep a regular expression busy', () => {
    const started = performance.now();
    for (const text of [
      'a in (',
      'a in (,  ,'.repeat(400),
      ','.repeat(4000),
      ` ${'a-'.repeat(2000)}!`,
      '('.repeat(4000),
    ])
      elect(annotated({ [ANNOTATION.clusterSelector]: text }));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
