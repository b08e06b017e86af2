import { describe } from 'vitest';
import { type ContainerStatus, type Pod, virtualNodeName } from '../../api/index.ts';
import { test } from './fleet.ts';
import { elected, once, shell } from './pods.ts';
import {
  delegateOf,
  failed,
  forgotten,
  gone,
  logsOf,
  podsIn,
  proxyThat,
  remove,
  running,
  submit,
  succeeded,
} from './steps.ts';

/** What a proxy shows of its delegate's containers: allocations and volumes are the target's own. */
const shown = (statuses: ContainerStatus[] = []) =>
  statuses.map(({ resources, allocatedResources, volumeMounts, ...status }) => status);

const exitCodes = ({ status }: Pod) =>
  Object.fromEntries(status?.containerStatuses?.map(({ name, state }) => [name, state?.terminated?.exitCode]) ?? []);

describe.concurrent('a proxy ends as its delegate ended', () => {
  test('after success, and all goes when it is deleted', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, elected('hello', 'cluster2', once([shell('main', 'hostname; sleep 2')])));
    await proxyThat(journey, 'hello', running);
    const proxy = await proxyThat(journey, 'hello', succeeded);
    const delegate = await delegateOf(journey, proxy);

    expect(exitCodes(proxy)).toEqual({ main: 0 });
    expect(proxy.status?.startTime).toBe(delegate.status?.startTime);
    expect(shown(proxy.status?.containerStatuses)).toEqual(shown(delegate.status?.containerStatuses));
    expect(proxy.spec.nodeName).toBe(virtualNodeName('cluster2'));
    expect(delegate.spec.nodeName).toBe('cluster2-node');
    expect(await logsOf(journey.target, delegate)).toBe('hello\n');
    expect((await podsIn(journey, journey.source)).map(({ metadata }) => metadata.uid)).toEqual([proxy.metadata.uid]);

    await remove(journey, proxy);
    await gone(journey.source, proxy);
    await gone(journey.target, delegate);
    await forgotten(journey);
  });

  test('with exit code 3 and its termination message', async ({ begin, expect }) => {
    const journey = await begin();
    const script = 'echo "no such file: data.csv" > /dev/termination-log; exit 3';
    await submit(journey, elected('three', 'cluster2', once([shell('main', script)])));
    const { status } = await proxyThat(journey, 'three', failed);
    const terminated = { exitCode: 3, reason: 'Error', message: 'no such file: data.csv\n' };
    expect(status?.containerStatuses).toMatchObject([{ name: 'main', ready: false, state: { terminated } }]);
  });

  test('when a container has more memory than it may, which is told', async ({ begin, expect }) => {
    const journey = await begin();
    const resources = { requests: { cpu: '10m' }, limits: { memory: '24Mi' } };
    await submit(journey, elected('greedy', 'cluster2', once([shell('main', 'exec tail /dev/zero', { resources })])));
    const { status } = await proxyThat(journey, 'greedy', failed);
    const terminated = { exitCode: 137, reason: 'OOMKilled' };
    expect(status?.containerStatuses).toMatchObject([{ name: 'main', state: { terminated } }]);
  });

  test('when an init container fails, without ever starting the others', async ({ begin, expect }) => {
    const journey = await begin();
    const init = { initContainers: [shell('setup', 'exit 7'), shell('more', 'exit 0')] };
    await submit(journey, elected('init', 'cluster2', once([shell('main', 'exit 0')], init)));
    const { status } = await proxyThat(journey, 'init', failed);
    expect(status?.initContainerStatuses).toMatchObject([
      { name: 'setup', state: { terminated: { exitCode: 7 } } },
      { name: 'more', state: { waiting: { reason: 'PodInitializing' } } },
    ]);
    expect(status?.containerStatuses).toMatchObject([{ name: 'main', state: { waiting: {} } }]);
  });

  test('with the exit code of each of several containers', async ({ begin, expect }) => {
    const journey = await begin();
    const containers = [shell('good', 'exit 0'), shell('bad', 'exit 2'), shell('late', 'sleep 1; exit 5')];
    await submit(journey, elected('several', 'cluster2', once(containers)));
    const proxy = await proxyThat(journey, 'several', failed);
    expect(exitCodes(proxy)).toEqual({ good: 0, bad: 2, late: 5 });
  });

  test('a bare pod of cluster2 runs in cluster1', async ({ begin, expect }) => {
    const journey = await begin({ from: 'cluster2', to: 'cluster1' });
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }];
    await submit(journey, elected('bare', 'cluster1', once([shell('main', 'echo $POD', { env })])));
    const proxy = await proxyThat(journey, 'bare', succeeded);
    const delegate = await delegateOf(journey, proxy);
    expect(proxy.spec.nodeName).toBe(virtualNodeName('cluster1'));
    expect(await logsOf(journey.target, delegate)).toBe(`${journey.namespace}\n`);
  });

  test('an elected pod whose target is its own cluster runs beside its proxy', async ({ begin, expect }) => {
    const journey = await begin({ from: 'cluster1', to: 'cluster1' });
    await submit(journey, elected('self', 'cluster1', once([shell('main', 'exit 4')])));
    const proxy = await proxyThat(journey, 'self', failed);
    const delegate = await delegateOf(journey, proxy);
    expect(exitCodes(proxy)).toEqual({ main: 4 });
    expect([proxy.spec.nodeName, delegate.spec.nodeName]).toEqual([virtualNodeName('cluster1'), 'cluster1-node']);
    await remove(journey, proxy);
    await gone(journey.target, delegate);
    await forgotten(journey);
  });
});
