import { describe } from 'vitest';
import type { Pod, PodSpec } from '../../api/index.ts';
import { type Journey, type Site, test } from './fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from './pods.ts';
import {
  delegateOf,
  delegatesOf,
  deletePod,
  failed,
  forgotten,
  gone,
  podsIn,
  podThat,
  proxyThat,
  remove,
  running,
  submit,
  succeeded,
  type Wanted,
} from './steps.ts';

const waitsFor = (text: string): Wanted => [
  `says that it waits: ${text}`,
  ({ status }) =>
    status?.conditions?.some(
      ({ type, reason, message }) =>
        type === 'PodScheduled' && reason === 'Unschedulable' && (message ?? '').includes(text),
    ) ?? false,
];

const waitingReasons = ({ status }: Pod) =>
  status?.containerStatuses?.map(({ state }) => state?.waiting?.reason ?? '') ?? [];

const cannotPull: Wanted = [
  'shows that its image cannot be pulled',
  (pod) => waitingReasons(pod).some((reason) => ['ErrImagePull', 'ImagePullBackOff'].includes(reason)),
];

describe.concurrent('a deleted proxy takes its delegate along', () => {
  test('while it waits for room', async ({ begin, expect }) => {
    const journey = await begin();
    const huge = shell('main', 'true', { resources: { requests: { cpu: '64' } } });
    await submit(journey, elected('huge', 'cluster2', once([huge])));
    const proxy = await proxyThat(journey, 'huge', waitsFor('cluster2'));
    expect(proxy.status?.conditions?.[0]?.message).toContain('cpu');
    await remove(journey, proxy);
    await gone(journey.source, proxy);
    await forgotten(journey);
    expect(await podsIn(journey, journey.target)).toEqual([]);
  });

  test('while its image cannot be pulled, which its proxy shows', async ({ begin, expect }) => {
    const journey = await begin();
    const image = 'registry.invalid/none:1';
    await submit(journey, elected('pending', 'cluster2', once([shell('main', 'true', { image })])));
    const proxy = await proxyThat(journey, 'pending', cannotPull);
    expect(proxy.status).toMatchObject({ phase: 'Pending', containerStatuses: [{ name: 'main', image }] });
    const delegate = await delegateOf(journey, proxy);
    await remove(journey, proxy);
    await gone(journey.target, delegate);
    await gone(journey.source, proxy);
    await forgotten(journey);
  });

  test('while it runs, within its grace', async ({ begin, expect }) => {
    const journey = await begin();
    // As process 1 a shell without a trap ignores SIGTERM: only the end of its grace ends it.
    const deaf = once([shell('main', 'while :; do sleep 1; done')], { terminationGracePeriodSeconds: 2 });
    await submit(journey, elected('deaf', 'cluster2', deaf));
    const proxy = await proxyThat(journey, 'deaf', running);
    const delegate = await delegateOf(journey, proxy, running);
    const plain = await plainPod(journey.target, journey, deaf);

    const asked = performance.now();
    const since = () => performance.now() - asked;
    const [taken, usual] = await Promise.all([
      remove(journey, proxy)
        .then(() => gone(journey.target, delegate))
        .then(since),
      deletePod(journey.target, plain)
        .then(() => gone(journey.target, plain))
        .then(since),
    ]);
    expect(taken).toBeGreaterThan(2_000);
    // How long a kubelet takes beyond the grace is the machine's matter.
    expect(taken).toBeLessThan(usual + 10_000);
    await gone(journey.source, proxy);
    await forgotten(journey);
  });

  test('with its whole namespace, which nothing of ours keeps from going', async ({ begin }) => {
    const journey = await begin();
    const { source, target, namespace } = journey;
    await submit(journey, elected('resident', 'cluster2', once([shell('main', UNTIL_TOLD)])));
    const delegate = await delegateOf(journey, await proxyThat(journey, 'resident', running), running);
    await source.kubectl(['delete', 'namespace', namespace, '--timeout=30s']);
    await gone(target, delegate);
    await forgotten(journey);
  });
});

describe.concurrent('a delegate that somebody deletes in the target', () => {
  test('ends its proxy as its containers ended', async ({ begin, expect }) => {
    const journey = await begin();
    const graceful = once([shell('main', UNTIL_TOLD.replace('exit 0', 'exit 9'))]);
    await submit(journey, elected('graceful', 'cluster2', { ...graceful, terminationGracePeriodSeconds: 5 }));
    const delegate = await delegateOf(journey, await proxyThat(journey, 'graceful', running), running);
    await deletePod(journey.target, delegate);
    const proxy = await proxyThat(journey, 'graceful', failed);
    expect(proxy.status?.containerStatuses).toMatchObject([{ state: { terminated: { exitCode: 9 } } }]);
    expect(await runsAfter(journey, proxy)).toEqual([]);
  });

  test('fails its proxy as lost if nobody saw the end', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, elected('lost', 'cluster2', once([shell('main', UNTIL_TOLD)])));
    const delegate = await delegateOf(journey, await proxyThat(journey, 'lost', running), running);
    await deletePod(journey.target, delegate, '--grace-period=0', '--force');
    const proxy = await proxyThat(journey, 'lost', failed);
    expect(proxy.status?.reason).toBe('DelegateLost');
    const terminated = { exitCode: 137, reason: 'ContainerStatusUnknown' };
    expect(proxy.status?.containerStatuses).toMatchObject([{ name: 'main', ready: false, state: { terminated } }]);
    expect(await runsAfter(journey, proxy)).toEqual([]);
  });
});

/** The delegates that an ended proxy has once a later pod has gone all the way, so that there was time for another. */
async function runsAfter(journey: Journey, ended: Pod): Promise<Pod[]> {
  await submit(journey, elected('later', 'cluster2', once([shell('main', 'true')])));
  await proxyThat(journey, 'later', succeeded);
  const delegates = await delegatesOf(journey, ended);
  return delegates.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** A running pod that Berth has nothing to do with. */
async function plainPod(site: Site, { namespace }: Journey, spec: PodSpec): Promise<Pod> {
  const pod = { metadata: { name: 'plain', namespace }, ...{ spec } };
  await site.api.create('pods', pod);
  return podThat(site, pod, running);
}
