/** The most important of what must not be, tried; who is allowed what else is in docs/access.md. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberNamespace, pairNamespace, SYSTEM_NAMESPACE, sourceUser } from '../../api/index.ts';
import { SCHEDULER_ACCOUNT } from '../../cli/install/hub.ts';
import type { ApiClient } from '../../kube/index.ts';
import { plainPod } from '../placement/objects.ts';
import { HOME_PAIR, merge, openStage, PAIR, type Stage, status } from './stage.ts';

const GROUP = '/apis/multicluster.admiralty.io/v1alpha1';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage('attempts');
});

afterAll(() => stage.close());

const pod = (client: ApiClient, name: string, as?: string) =>
  client.create('pods', plainPod(stage.scene.name, name), { as });
const binding = (clusterRole: string) => ({
  metadata: { name: 'greedy', namespace: 'default' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
  subjects: [{ kind: 'ServiceAccount', name: SCHEDULER_ACCOUNT, namespace: SYSTEM_NAMESPACE }],
});
const observation = () => ({
  metadata: { name: 'forged', namespace: memberNamespace('cluster1') },
  spec: { pod: { namespace: 'default', name: 'x', uid: 'x' }, requests: {}, priority: 0 },
});

/** What each may not do: a title, and the request. */
type Attempts = [string, (stage: Stage) => Promise<unknown>][];

const SCHEDULER: Attempts = [
  [
    'want something of a target',
    ({ scheduler, uid }) => scheduler.patch('poddelegations', uid, { spec: { desired: 'Gone' } }, merge(PAIR)),
  ],
  [
    'say what a delegate is',
    ({ scheduler, uid }) => scheduler.patch('poddelegations', uid, { status: {} }, status(PAIR)),
  ],
  [
    'ask for a delegate',
    ({ scheduler }) => scheduler.raw('POST', `${GROUP}/namespaces/${PAIR}/poddelegations`, { body: {} }),
  ],
  [
    'change whom a cluster accepts',
    ({ scheduler }) => scheduler.patch('clusters', 'cluster1', { spec: { roles: ['Target'] } }, merge()),
  ],
  ['give away what it has not', ({ scheduler }) => scheduler.create('rolebindings', binding('cluster-admin'))],
  ['read a Secret', ({ scheduler }) => scheduler.raw('GET', '/api/v1/namespaces/default/secrets')],
  [
    'get a token of an agent',
    ({ scheduler }) =>
      scheduler.raw('POST', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/agent-cluster1/token`, {
        body: {},
      }),
  ],
  ['follow leases that are no heartbeat', ({ scheduler }) => scheduler.list('leases', { namespace: 'kube-system' })],
  ['create a pod', ({ scheduler }) => pod(scheduler, 'x')],
];

const SOURCE: Attempts = [
  [
    'report on its delegate',
    ({ source, uid }) => source.patch('poddelegations', uid, { status: { annotations: { a: 'b' } } }, status(PAIR)),
  ],
  ['remove a delegation', ({ source, uid }) => source.delete('poddelegations', uid, { namespace: PAIR })],
  [
    'ask for a delegate in the name of another',
    ({ source }) =>
      source.raw('POST', `${GROUP}/namespaces/${pairNamespace('cluster2', 'cluster2')}/poddelegations`, { body: {} }),
  ],
  [
    'decide',
    ({ source, uid }) =>
      source.patch('poddecisions', uid, { spec: { target: 'cluster1' } }, merge(memberNamespace('cluster1'))),
  ],
  [
    'say that its pod is decided',
    ({ source, uid }) => source.patch('podobservations', uid, { status: {} }, status(memberNamespace('cluster1'))),
  ],
  [
    'read what another reports',
    ({ source }) => source.list('nodepoolobservations', { namespace: memberNamespace('cluster2') }),
  ],
  [
    'read decisions about the pods of another',
    ({ source }) => source.list('poddecisions', { namespace: memberNamespace('cluster2') }),
  ],
  ['read who the others are', ({ source }) => source.list('clusters')],
  [
    'accept itself elsewhere',
    ({ source }) => source.patch('clusters', 'cluster2', { spec: { roles: ['Target'] } }, merge()),
  ],
  ['be ready by its own word', ({ source }) => source.patch('clusters', 'cluster1', { status: {} }, status())],
  [
    "keep another's heart beating",
    ({ source }) => source.patch('leases', 'agent', { spec: {} }, merge(memberNamespace('cluster2'))),
  ],
  [
    'take any other lease',
    ({ source }) => source.patch('leases', 'other', { spec: {} }, merge(memberNamespace('cluster1'))),
  ],
  ['read a Secret of the hub', ({ source }) => source.raw('GET', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets`)],
];

const TARGET: Attempts = [
  [
    'want something',
    ({ target, uid }) => target.patch('poddelegations', uid, { spec: { desired: 'Gone' } }, merge(PAIR)),
  ],
  [
    'label a delegation',
    ({ target, uid }) => target.patch('poddelegations', uid, { metadata: { labels: { a: 'b' } } }, merge(PAIR)),
  ],
  [
    'ask for a delegate in the name of its source',
    ({ target }) => target.raw('POST', `${GROUP}/namespaces/${PAIR}/poddelegations`, { body: {} }),
  ],
  ['read the delegations of others', ({ target }) => target.list('poddelegations', { namespace: HOME_PAIR })],
  ['read all delegations', ({ target }) => target.list('poddelegations')],
  [
    'report on the delegates of others',
    ({ target, homeUid }) => target.patch('poddelegations', homeUid, { status: {} }, status(HOME_PAIR)),
  ],
  [
    'remove the delegations of others',
    ({ target, homeUid }) => target.delete('poddelegations', homeUid, { namespace: HOME_PAIR }),
  ],
  [
    'read what its source observes',
    ({ target, uid }) => target.get('podobservations', uid, { namespace: memberNamespace('cluster1') }),
  ],
  ['observe in the name of its source', ({ target }) => target.create('podobservations', observation())],
];

const AGENT: Attempts = [
  ['create a pod in its own name', ({ agent }) => pod(agent, 'own')],
  ['be a source that nobody knows', ({ agent }) => pod(agent, 'x', sourceUser('stranger'))],
  ['be the administrator', ({ agent }) => pod(agent, 'x', 'admin')],
  ['be a service account', ({ agent }) => pod(agent, 'x', 'system:serviceaccount:kube-system:default')],
  [
    'change a pod',
    ({ agent, scene }) => agent.patch('pods', 'work', { metadata: { labels: { a: 'b' } } }, merge(scene.name)),
  ],
  ['read Secrets', ({ agent }) => agent.raw('GET', '/api/v1/secrets')],
  [
    'read Secrets of the namespace of its delegates',
    ({ agent, scene }) => agent.raw('GET', `/api/v1/namespaces/${scene.name}/secrets`),
  ],
  [
    'change a node that stands for no target',
    ({ agent, scene }) => agent.patch('nodes', `${scene.name}-away`, { metadata: { labels: { a: 'b' } } }, merge()),
  ],
  [
    'take the lease of a component',
    ({ agent }) => agent.patch('leases', 'kube-scheduler', { spec: {} }, merge('kube-system')),
  ],
  [
    'label a namespace',
    ({ agent, scene }) => agent.patch('namespaces', scene.name, { metadata: { labels: { a: 'b' } } }, merge()),
  ],
  [
    'get a token',
    ({ agent }) => agent.raw('POST', '/api/v1/namespaces/kube-system/serviceaccounts/default/token', { body: {} }),
  ],
];

describe.each([
  ['the scheduler', SCHEDULER],
  ['a source', SOURCE],
  ['a target', TARGET],
  ['an agent at home', AGENT],
])('%s cannot', (_, attempts) => {
  test.each(attempts)('%s', async (_, attempt) => {
    await expect(attempt(stage)).rejects.toMatchObject({ status: 403 });
  });
});
