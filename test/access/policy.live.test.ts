/** What a source may ask of a member's API server: its delegates, as they are made, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DELEGATE, type KubeObject, type Pod, type PodSpec, sourceUser } from '../../api/index.ts';
import type { ApiClient } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { clientOf } from './identities.ts';
import { administrator } from './stage.ts';

const NAMESPACE = 'access-policy';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

let admin: ApiClient;
/** Cluster1, in cluster2. */
let source: ApiClient;
/** Cluster2, at home. */
let home: ApiClient;

beforeAll(async () => {
  admin = await administrator('cluster2');
  source = await clientOf({ at: 'cluster2', user: sourceUser('cluster1') });
  home = await clientOf({ at: 'cluster2', user: sourceUser('cluster2') });
  await admin.create('namespaces', { metadata: { name: NAMESPACE } });
  for (const name of ['builder', 'default']) {
    const there = () => admin.get('serviceaccounts', name, { namespace: NAMESPACE });
    if (name !== 'default') await admin.create('serviceaccounts', { metadata: { name, namespace: NAMESPACE } });
    await waitUntil(async () => (await there()) !== undefined, { what: `service account ${name}`, timeout: 20_000 });
  }
  const value = { value: 1000, globalDefault: false };
  await admin.raw('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    body: { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'urgent' }, ...value },
  });
});

afterAll(async () => {
  await admin.raw('DELETE', '/apis/scheduling.k8s.io/v1/priorityclasses/urgent');
  await Promise.all([admin, source, home].map((client) => client.close()));
});

function delegate(of: string, spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  const origin = {
    [DELEGATE.source]: of,
    [DELEGATE.proxyNamespace]: NAMESPACE,
    [DELEGATE.proxyName]: 'x',
    [DELEGATE.proxyUid]: 'x',
    [DELEGATE.attempt]: '1',
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${of}-x`, labels: origin, annotations: { ...origin, note: 'yes' }, ...metadata },
    spec: { containers: [{ name: 'main', image: 'busybox' }], ...spec },
  };
}

const create = (as: ApiClient, body: Pod, path = PODS) => as.raw('POST', `${path}?dryRun=All`, { body });

type Kind = 'secrets' | 'configmaps';

/** What cluster1 sends along for its delegate. */
const copy = (change: Partial<KubeObject['metadata']> = {}, more: object = {}) => ({
  metadata: {
    name: 'copy',
    labels: { [DELEGATE.source]: 'cluster1' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'cluster1-x', uid: 'x' }],
    ...change,
  },
  ...more,
});
const send = (kind: Kind, body: object) =>
  source.raw('POST', `/api/v1/namespaces/${NAMESPACE}/${kind}?dryRun=All`, { body });

test.each<Kind>(['secrets', 'configmaps'])('%s are sent along', async (kind) => {
  await expect(send(kind, copy())).resolves.toContain('copy');
});

const TOKEN = { type: 'kubernetes.io/service-account-token' };
const named = { annotations: { 'kubernetes.io/service-account.name': 'builder' } };
test.each<[string, Kind, object, string]>([
  ['Secret that the controllers would fill with a token', 'secrets', copy(named, TOKEN), 'of type Opaque along'],
  ['Secret in the name of another source', 'secrets', copy({ labels: { [DELEGATE.source]: 'cluster2' } }), 'its label'],
  ['Secret that nobody would ever remove', 'secrets', copy({ ownerReferences: [] }), 'belongs to its delegate'],
  ['ConfigMap of no delegate', 'configmaps', copy({ labels: {} }), 'carries its label'],
])('a source sends no %s', async (_, kind, body, message) => {
  await expect(send(kind, body)).rejects.toThrow(message);
});

test('a delegate is created', async () => {
  await expect(create(source, delegate('cluster1'))).resolves.toContain('cluster1-x');
});

const { [DELEGATE.attempt]: _attempt, ...incomplete } = delegate('cluster1').metadata.annotations ?? {};

describe('a source creates no', () => {
  test.each<[string, Pod, string]>([
    ['pod of any other kind', delegate('cluster1', {}, { labels: {}, annotations: {} }), 'carries the name, labels'],
    ['delegate of another source', delegate('cluster2'), 'carries the name, labels'],
    ['delegate that is named like that of another', delegate('cluster1', {}, { name: 'x' }), 'carries the name'],
    ['delegate of no proxy', delegate('cluster1', {}, { annotations: incomplete }), 'carries the name, labels'],
    ['delegate on a node of its choice', delegate('cluster1', { nodeName: 'any' }), 'chooses the node'],
    [
      'delegate with a service account that was not lent',
      delegate('cluster1', { serviceAccountName: 'builder' }),
      'service account builder is not for delegates of cluster1',
    ],
    [
      'delegate with a priority that was not lent',
      delegate('cluster1', { priorityClassName: 'urgent' }),
      'priority class urgent is not for delegates of cluster1',
    ],
    [
      'delegate with a priority of the cluster itself',
      delegate('cluster1', { priorityClassName: 'system-node-critical' }),
      'priority class system-node-critical is not for delegates of cluster1',
    ],
  ])('%s', async (_, pod, message) => {
    await expect(create(source, pod)).rejects.toMatchObject({ status: 403, message: expect.stringContaining(message) });
  });

  test.each(['kube-system', 'berth-system'])('delegate in %s', async (namespace) => {
    const created = create(source, delegate('cluster1'), `/api/v1/namespaces/${namespace}/pods`);
    await expect(created).rejects.toThrow(`no delegate runs in namespace ${namespace}`);
  });
});

test("a cluster's own pods were judged at home", async () => {
  const own = delegate('cluster2', { serviceAccountName: 'builder', priorityClassName: 'urgent' });
  await expect(create(home, own)).resolves.toContain('cluster2-x');
});

test('others create what they like', async () => {
  await expect(create(admin, delegate('cluster2', {}, { labels: {} }))).resolves.toContain('cluster2-x');
});

describe('a webhook creates no Secret', () => {
  const secret = (name: string, more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, ...more } });
  const annotations = { 'kubernetes.io/service-account.name': 'agent' };

  test.each([
    ['of another name', { ...secret('other', {}), type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }],
    [
      'that gets the token of another identity',
      { ...secret('berth-webhook-tls', { annotations }), type: 'kubernetes.io/service-account-token' },
    ],
  ])('%s', async (_, body) => {
    const webhook = await clientOf({ at: 'cluster2', user: 'system:serviceaccount:berth-system:webhook' });
    const created = webhook.raw('POST', '/api/v1/namespaces/berth-system/secrets?dryRun=All', { body });
    await expect(created).rejects.toThrow('the Secret of its certificates, and no other');
    await webhook.close();
  });
});

describe('a source changes', () => {
  const change = (name: string, body: object) =>
    source.patch<Pod>('pods', name, body, { type: 'merge', namespace: NAMESPACE });

  beforeAll(async () => {
    const at = { namespace: NAMESPACE };
    await admin.create('pods', { ...delegate('cluster1') }, at);
    await admin.create('pods', { ...delegate('cluster2') }, at);
    const plain = { name: 'plain', labels: {}, annotations: {} };
    await admin.create('pods', delegate('cluster1', {}, plain), at);
  });

  test('labels and annotations of its delegates', async () => {
    const changed = await change('cluster1-x', { metadata: { labels: { a: 'b' }, annotations: { note: 'no' } } });
    expect(changed.metadata).toMatchObject({ labels: { a: 'b' }, annotations: { note: 'no' } });
  });

  test.each<[string, string, object]>([
    ['of its delegates nothing else', 'cluster1-x', { spec: { activeDeadlineSeconds: 60 } }],
    ['not whose they are', 'cluster1-x', { metadata: { annotations: { [DELEGATE.proxyUid]: 'other' } } }],
    ['no pod of another source', 'cluster2-x', { metadata: { labels: { a: 'b' } } }],
    ['no other pod', 'plain', { metadata: { labels: delegate('cluster1').metadata.labels } }],
  ])('%s', async (_, name, body) => {
    await expect(change(name, body)).rejects.toMatchObject({ status: 403 });
  });
});
