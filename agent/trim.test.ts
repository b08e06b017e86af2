import { describe, expect, it } from 'vitest';
import { DELEGATE, type Pod, podRequests } from '../api/index.ts';
import { trimPod } from './trim.ts';

const pod: Pod = {
  metadata: {
    name: 'p',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '7',
    labels: { app: 'x' },
    annotations: { big: 'text' },
    managedFields: [{}],
  },
  spec: {
    nodeName: 'node',
    containers: [{ name: 'main', image: 'i', env: [{ name: 'E', value: 'v' }], resources: { requests: { cpu: '1' } } }],
    initContainers: [{ name: 'side', restartPolicy: 'Always', resources: { limits: { cpu: '2' } } }],
    overhead: { cpu: '100m' },
  },
  status: { phase: 'Running', podIP: '10.0.0.1' },
};

describe('trimPod', () => {
  it('keeps of a foreign pod what room is counted from', () => {
    const trimmed = trimPod(pod);
    expect(podRequests(trimmed.spec)).toEqual(podRequests(pod.spec));
    expect(trimmed.metadata).toEqual({ name: 'p', namespace: 'n', uid: 'u', resourceVersion: '7' });
    expect(trimmed.status).toEqual({ phase: 'Running' });
    expect(trimmed.spec.containers).toEqual([{ name: 'main', resources: { requests: { cpu: '1' } } }]);
  });

  it('keeps proxies and delegates but for managed fields', () => {
    const { managedFields, ...metadata } = pod.metadata;
    const proxy = { ...pod, spec: { ...pod.spec, schedulerName: 'berth' } };
    expect(trimPod(proxy)).toEqual({ ...proxy, metadata });
    const labels = { [DELEGATE.source]: 'a' };
    const delegate = { ...pod, metadata: { ...pod.metadata, labels } };
    expect(trimPod(delegate)).toEqual({ ...delegate, metadata: { ...metadata, labels } });
  });
});
