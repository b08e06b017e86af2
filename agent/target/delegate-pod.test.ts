import { describe, expect, it } from 'vitest';
import { DELEGATE, type Pod } from '../../api/index.ts';
import { delegatePod, isDelegateOf } from './delegate-pod.ts';
import { delegation, manifest } from './delegation.samples.ts';

function make(pod: Pod, change: Parameters<typeof delegation>[0] = {}): Pod {
  const made = delegatePod(delegation({ ...change, pod }));
  if ('reason' in made) throw new Error(made.message);
  return made;
}

const own = (key: string) => `multicluster.admiralty.io/${key}`;

describe('delegatePod', () => {
  it('takes away what the source added', () => {
    const token = { name: 'kube-api-access-x7', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    const data = { name: 'data', mountPath: '/data' };
    const tolerate = (key: string, tolerationSeconds: number) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds,
    });
    const pod = manifest({
      metadata: { uid: 'u', generateName: 'w-', finalizers: ['batch.kubernetes.io/job-tracking'] },
      spec: {
        nodeName: 'n',
        priority: 5,
        priorityClassName: 'high',
        preemptionPolicy: 'Never',
        overhead: { cpu: '1' },
        schedulingGates: [{ name: 'g' }],
        ephemeralContainers: [{}],
        containers: [{ name: 'main', volumeMounts: [token, data] }],
        initContainers: [{ name: 'init', volumeMounts: [token] }],
        volumes: [
          { name: token.name, projected: { sources: [] } },
          { name: 'data', emptyDir: {} },
        ],
        tolerations: [tolerate('not-ready', 300), tolerate('unreachable', 300), tolerate('not-ready', 20)],
        somethingNew: { kept: true },
      },
    });
    const made = make({ ...pod, status: { phase: 'Pending' } });
    expect(made.spec).toEqual({
      priorityClassName: 'high',
      containers: [{ name: 'main', volumeMounts: [data] }],
      initContainers: [{ name: 'init' }],
      volumes: [{ name: 'data', emptyDir: {} }],
      tolerations: [tolerate('not-ready', 20)],
      somethingNew: { kept: true },
      hostname: 'work',
    });
    expect(Object.keys(made)).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(Object.keys(made.metadata).sort()).toEqual(['annotations', 'labels', 'name', 'namespace']);
  });

  it('says where it comes from, in labels only what a label can hold', () => {
    const name = 'x'.repeat(64);
    const made = make(manifest({ metadata: { annotations: { mine: '1', [own('elect')]: '' } } }), {
      spec: { pod: { namespace: 'jobs', name, uid: 'u' } },
    });
    expect(made.metadata.annotations).toEqual({
      mine: '1',
      [DELEGATE.source]: 'a',
      [DELEGATE.proxyNamespace]: 'jobs',
      [DELEGATE.proxyName]: name,
      [DELEGATE.proxyUid]: 'u',
      [DELEGATE.attempt]: '1',
    });
    expect(made.metadata.labels).toMatchObject({
      [own('app')]: 'web',
      [DELEGATE.source]: 'a',
      [DELEGATE.proxyUid]: 'u',
    });
    expect(made.metadata.labels).not.toHaveProperty([DELEGATE.proxyName]);
  });

  it('lets nobody forge the origin', () => {
    const annotations = { [own('no-prefix-label-regexp')]: '.', [DELEGATE.source]: 'x' };
    const made = make(manifest({ metadata: { labels: { app: 'web', [DELEGATE.source]: 'x' }, annotations } }));
    expect(made.metadata.labels).toMatchObject({ app: 'web', [DELEGATE.source]: 'a' });
    expect(made.metadata.annotations?.[DELEGATE.source]).toBe('a');
  });

  it('keeps the host name that was asked for, and sets none on the host network', () => {
    expect(make(manifest({ spec: { hostname: 'h' } })).spec.hostname).toBe('h');
    expect(make(manifest({ spec: { hostNetwork: true } })).spec.hostname).toBeUndefined();
  });

  it('lets references to labels follow, and names and UIDs mean the proxy', () => {
    const field = (fieldPath: string) => ({ fieldRef: { fieldPath } });
    const index = 'batch.kubernetes.io/job-completion-index';
    const pod = manifest({
      metadata: { labels: { app: 'web', [index]: '3' } },
      spec: {
        containers: [
          {
            name: 'main',
            env: [
              { name: 'INDEX', valueFrom: field(`metadata.labels['${index}']`) },
              { name: 'OTHER', valueFrom: field("metadata.labels['none']") },
              { name: 'NAME', valueFrom: field('metadata.name') },
              { name: 'NODE', valueFrom: field('spec.nodeName') },
              { name: 'TEXT', value: "metadata.labels['app']" },
            ],
          },
        ],
        volumes: [
          { name: 'v', downwardAPI: { items: [{ path: 'a', ...field("metadata.labels['app']") }] } },
          {
            name: 'w',
            projected: { sources: [{ downwardAPI: { items: [{ path: 'u', ...field('metadata.uid') }] } }] },
          },
        ],
      },
    });
    const { containers, volumes } = make(pod).spec;
    expect(containers[0]?.env?.map(({ value, valueFrom }) => value ?? valueFrom?.fieldRef?.fieldPath)).toEqual([
      `metadata.labels['${own('batch.kubernetes.io_job-completion-index')}']`,
      "metadata.labels['none']",
      `metadata.annotations['${DELEGATE.proxyName}']`,
      'spec.nodeName',
      "metadata.labels['app']",
    ]);
    expect(JSON.stringify(volumes)).toContain(`metadata.labels['${own('app')}']`);
    expect(JSON.stringify(volumes)).toContain(`metadata.annotations['${DELEGATE.proxyUid}']`);
  });

  it('lets own selectors follow, and leaves those for other pods', () => {
    const labelSelector = {
      matchLabels: { app: 'web', db: 'x' },
      matchExpressions: [{ key: 'app', operator: 'In', values: ['app'] }],
    };
    const term = { labelSelector, matchLabelKeys: ['app', 'x'], mismatchLabelKeys: ['app'], topologyKey: 'app' };
    const pod = manifest({
      spec: {
        affinity: {
          podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { ...term, namespaceSelector: { matchLabels: { app: '1' } } },
            ],
          },
        },
        topologySpreadConstraints: [{ labelSelector, matchLabelKeys: ['app'], topologyKey: 'zone' }],
      },
    });
    const renamed = {
      matchLabels: { [own('app')]: 'web', db: 'x' },
      matchExpressions: [{ key: own('app'), operator: 'In', values: ['app'] }],
    };
    const made = {
      labelSelector: renamed,
      matchLabelKeys: [own('app'), 'x'],
      mismatchLabelKeys: [own('app')],
      topologyKey: 'app',
    };
    const { affinity, topologySpreadConstraints } = make(pod).spec;
    expect(affinity).toEqual({
      podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: made }] },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ ...made, namespaceSelector: { matchLabels: { app: '1' } } }],
      },
    });
    expect(topologySpreadConstraints).toEqual([
      { labelSelector: renamed, matchLabelKeys: [own('app')], topologyKey: 'zone' },
    ]);
  });

  it('refuses what is no pod and patterns that are none', () => {
    expect(delegatePod(delegation({ spec: { manifest: '{' } }))).toMatchObject({ reason: 'BadManifest' });
    expect(delegatePod(delegation({ spec: { manifest: '{"metadata":{}}' } }))).toMatchObject({ reason: 'BadManifest' });
    const annotations = { [own('no-prefix-label-regexp')]: '(' };
    const pod = manifest({ metadata: { annotations } });
    expect(delegatePod(delegation({ pod }))).toMatchObject({ reason: 'InvalidAnnotation' });
  });
});

describe('isDelegateOf', () => {
  it('asks for name, UID and source', () => {
    const of = delegation();
    const pod = make(manifest());
    expect(isDelegateOf(pod, of)).toBe(true);
    expect(isDelegateOf({ ...pod, metadata: { ...pod.metadata, annotations: {} } }, of)).toBe(false);
    expect(isDelegateOf({ ...pod, metadata: { ...pod.metadata, labels: {} } }, of)).toBe(false);
    expect(isDelegateOf({ ...pod, metadata: { ...pod.metadata, name: 'other' } }, of)).toBe(false);
  });

  it('knows it by its own UID, once that was told', () => {
    const told = delegation({ status: { delegate: { uid: 'first' } } });
    const pod = make(manifest());
    expect(isDelegateOf({ ...pod, metadata: { ...pod.metadata, uid: 'first' } }, told)).toBe(true);
    expect(isDelegateOf({ ...pod, metadata: { ...pod.metadata, uid: 'second' } }, told)).toBe(false);
  });
});
