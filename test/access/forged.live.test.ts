/** What somebody wrote by hand, on the hub or in a member: refused where it is seen, and never acted upon. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ANNOTATION,
  DELEGATE,
  memberNamespace,
  type Pod,
  type PodDelegation,
  type PodDelegationSpec,
  pairNamespace,
  refusalOf,
} from '../../api/index.ts';
import { type ApiClient, isNotFound } from '../../kube/index.ts';
import { waitUntil } from '../cluster/wait.ts';
import { plainPod } from '../placement/objects.ts';
import { openStage, type Stage } from './stage.ts';

/** A member whose agent never runs: what is in its pairs is ours. */
const STRANGER = 'stranger';
const PAIR = pairNamespace(STRANGER, 'cluster2');

let stage: Stage;
let hub: ApiClient;
let away: ApiClient;

const eventually = (what: string, check: () => Promise<boolean>) => waitUntil(check, { what, timeout: 20_000 });

const isGone = (read: () => Promise<unknown>) => () =>
  read().then(
    () => false,
    (error: unknown) => isNotFound(error),
  );

beforeAll(async () => {
  stage = await openStage('forged');
  ({ cluster1: hub, cluster2: away } = stage.scene.clients);
  const accept = { sources: [], namespaces: [] };
  const spec = { roles: ['Source'], accept };
  await hub.create('clusters', { metadata: { name: STRANGER }, ...{ spec } });
  await eventually('cluster2 follows the pair', async () => {
    const { items } = await hub.list('rolebindings', { namespace: PAIR });
    return items.length === 2;
  });
});

afterAll(async () => {
  await hub.delete('clusters', STRANGER);
  await stage.close();
});

let count = 0;

/** A delegation in the pair of the stranger, with nothing wrong in it but what is told. */
async function forge(spec: Partial<PodDelegationSpec>, namespace = PAIR): Promise<PodDelegation> {
  const uid = `forged-${++count}`;
  const free = `${stage.scene.name}-free`;
  const pod = { namespace: free, name: 'work', uid };
  const delegation = {
    metadata: { name: uid, namespace },
    spec: {
      ...{ pod, source: STRANGER, target: 'cluster2', attempt: 1, desired: 'Run' },
      delegate: { namespace: free, name: `${STRANGER}-${uid}` },
      manifest: JSON.stringify(plainPod(free, 'work')),
      ...spec,
    },
  };
  return hub.create<PodDelegation>('poddelegations', delegation);
}

async function refusal({ metadata: { name, namespace } }: PodDelegation): Promise<string> {
  let told: string | undefined;
  await eventually(`delegation ${name} is refused`, async () => {
    const refused = refusalOf(await hub.get<PodDelegation>('poddelegations', name, { namespace }));
    told = refused && `${refused.reason}: ${refused.message}`;
    return told !== undefined;
  });
  return told ?? '';
}

describe('a delegation is refused by the target', () => {
  test.each<[string, Partial<PodDelegationSpec>, string]>([
    ['that names another source', { source: 'cluster1' }, 'is not what namespace berth-stranger--cluster2 is for'],
    ['that names another target', { target: 'cluster1' }, 'is not what namespace berth-stranger--cluster2 is for'],
    ['whose name is not that of its pod', { pod: { namespace: 'x', name: 'x', uid: 'x' } }, 'the name must be the UID'],
    [
      'into kube-system',
      { delegate: { namespace: 'kube-system', name: 'stranger-x' } },
      'NamespaceNotAccepted: does not accept namespace kube-system',
    ],
    [
      'into a namespace that another source has',
      { delegate: { namespace: 'forged', name: 'stranger-x' } },
      'NamespaceTaken: namespace forged is used by cluster1',
    ],
    ['without a pod in it', { manifest: '{"spec":' }, 'BadManifest'],
    ['of a source that nobody in the target knows', {}, 'cannot impersonate'],
  ])('%s', async (_, spec, message) => {
    expect(await refusal(await forge(spec))).toContain(message);
  });

  test("that asks for a pod of the target's own, which is not there", async () => {
    const namespace = pairNamespace('cluster2', 'cluster2');
    // Its own agent takes it away again as soon as it knows that there is no such proxy.
    const forged = await forge({ source: 'cluster2' }, namespace);
    const { name } = forged.metadata;
    await eventually(
      'it is gone',
      isGone(() => hub.get('poddelegations', name, { namespace })),
    );
    expect(await podsNamed(forged.spec.delegate.name)).toEqual([]);
  });

  test('and no delegate was made for any of them', async () => {
    expect(await podsNamed(`${STRANGER}-`)).toEqual([]);
  });
});

/** Pods of cluster2 whose names begin so. */
async function podsNamed(prefix: string): Promise<string[]> {
  const { items } = await away.list<Pod>('pods');
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(prefix));
}

/** A pod that goes all the way after all that was written before it. */
async function stillWorks(name: string): Promise<void> {
  await stage.scene.elect(name);
  await stage.scene.berthOf(name);
}

test('what is in namespaces of nobody is not looked at', async () => {
  for (const name of ['berth-atlantis', 'berth-atlantis--cluster2', 'berth-a--b--cluster2'])
    await hub.create('namespaces', { metadata: { name } });
  const lost = await forge({ source: 'atlantis' }, 'berth-atlantis--cluster2');
  await forge({ source: 'a' }, 'berth-a--b--cluster2');
  const pod = { namespace: 'forged', name: 'x', uid: 'forged-observation' };
  for (const namespace of ['berth-atlantis', 'default'])
    await hub.create('podobservations', {
      metadata: { name: pod.uid, namespace },
      ...{ spec: { pod, requests: {}, priority: 0 } },
    });
  await hub.create('poddecisions', {
    metadata: { name: pod.uid, namespace: 'default' },
    ...{ spec: { pod, attempt: 1, target: 'cluster2' } },
  });
  await stillWorks('after-namespaces');
  const { name, namespace } = lost.metadata;
  expect((await hub.get<PodDelegation>('poddelegations', name, { namespace })).status).toBeUndefined();
  for (const where of ['berth-atlantis', 'default']) {
    const { items } = await hub.list('poddecisions', { namespace: where });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(where === 'default' ? [pod.uid] : []);
  }
});

describe('proxies that somebody made by hand', () => {
  const annotated = (name: string, annotations: Record<string, string>, spec: object): Pod => {
    const pod = plainPod('forged', name);
    return { ...pod, metadata: { ...pod.metadata, annotations }, spec: { ...pod.spec, ...spec } };
  };

  test('are refused when they are created', async () => {
    const manifest = { [ANNOTATION.manifest]: '{}' };
    const schedulerName = 'berth';
    for (const annotations of [manifest, { ...manifest, [ANNOTATION.elect]: '' }])
      for (const spec of [{}, { schedulerName }])
        await expect(hub.create('pods', annotated('forged', annotations, spec))).rejects.toThrow('[BERTH102]');
    for (const annotations of [{}, { [ANNOTATION.elect]: '' }])
      await expect(hub.create('pods', annotated('forged', annotations, { schedulerName }))).rejects.toThrow(
        '[BERTH106]',
      );
  });

  /** A proxy whose owner has put another manifest (or none) into it while it was gated. */
  const forgedProxy = async (name: string, manifest?: string): Promise<Pod> => {
    const gated = annotated(name, { [ANNOTATION.elect]: '' }, { schedulingGates: [{ name: 'forged/gate' }] });
    await hub.create('pods', gated);
    const options = { namespace: 'forged', type: 'merge' } as const;
    await hub.patch('pods', name, { metadata: { annotations: { [ANNOTATION.manifest]: manifest ?? null } } }, options);
    return hub.patch<Pod>('pods', name, { spec: { schedulingGates: null } }, options);
  };

  test.each([
    ['bare', undefined],
    ['empty', ''],
    ['text', 'no JSON'],
    ['number', '7'],
    ['other', '{"kind":"Secret","metadata":{"name":"x"}}'],
    ['null', 'null'],
    ['hollow', '{"kind":"Pod","metadata":{},"spec":null}'],
    ['zipped', 'gzip;base64,bm8gZ3ppcA=='],
  ])('%s: waits for ever, and harms nobody', async (name, manifest) => {
    const { metadata } = await forgedProxy(name, manifest);
    if (manifest !== undefined) await stage.scene.isTold(name, 'BadManifest');
    await stillWorks(`after-${name}`);
    const observed = await hub.list('podobservations', { namespace: memberNamespace('cluster1') });
    expect(observed.items.filter((item) => item.metadata.name === metadata.uid)).toEqual([]);
    expect((await hub.get<Pod>('pods', name, { namespace: 'forged' })).spec.nodeName).toBeUndefined();
  });

  test("with a pod of another name and namespace in it: it is the proxy's that count", async () => {
    const liar = { ...plainPod('kube-system', 'liar'), spec: plainPod('forged', 'liar').spec };
    const created = await forgedProxy('honest', JSON.stringify(liar));
    await stage.scene.berthOf('honest');
    const [only] = await stage.scene.delegates(created);
    expect(only?.pod.metadata.namespace).toBe('forged');
    expect(only?.pod.metadata.annotations).toMatchObject({ [DELEGATE.proxyName]: 'honest' });
  });
});

test('pods that only look like delegates are left alone', async () => {
  const looks = { [DELEGATE.source]: 'cluster1', [DELEGATE.proxyUid]: stage.uid, [DELEGATE.proxyName]: 'work' };
  const fake = (name: string, of: Record<string, string>): Pod => {
    const pod = plainPod('forged', name);
    return { ...pod, metadata: { ...pod.metadata, labels: of, annotations: of } };
  };
  await away.create('pods', fake('twin', looks));
  await away.create('pods', fake('orphan', { ...looks, [DELEGATE.proxyUid]: 'nobody' }));
  await hub.delete('pods', 'work', { namespace: 'forged' });
  const pair = pairNamespace('cluster1', 'cluster2');
  await eventually(
    'the delegation is gone',
    isGone(() => hub.get('poddelegations', stage.uid, { namespace: pair })),
  );
  for (const name of ['twin', 'orphan'])
    expect((await away.get('pods', name, { namespace: 'forged' })).metadata.deletionTimestamp).toBeUndefined();
  const left = await stage.scene.delegates({ metadata: { name: 'work', uid: stage.uid } } as Pod);
  expect(left.map(({ pod }) => pod.metadata.name)).toEqual(['twin']);
});
