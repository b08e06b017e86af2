import { describe } from 'vitest';
import { ARGO, type KubeObject, type Pod, virtualNodeName } from '../../api/index.ts';
import { watchPods } from '../pod-watch.ts';
import { type Journey, type Site, test } from './fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from './pods.ts';
import {
  delegateOf,
  deletePod,
  eventually,
  failed,
  forgotten,
  gone,
  logsOf,
  podsIn,
  podThat,
  proxyThat,
  running,
  submit,
} from './steps.ts';

/** Ends a second after SIGTERM, with 7. */
const TIDY = "trap 'sleep 1; exit 7' TERM; sleep 3600 & wait";
/** As process 1 a shell without a trap ignores SIGTERM. */
const DEAF = 'while :; do sleep 1; done';
const HALF_A_MINUTE = { terminationGracePeriodSeconds: 30 };

async function begun(journey: Journey, name: string, script: string, more: object = HALF_A_MINUTE) {
  await submit(journey, elected(name, 'cluster2', once([shell('main', script)], more)));
  const proxy = await proxyThat(journey, name, running);
  return { proxy, delegate: await delegateOf(journey, proxy, running) };
}

/** The last that was seen of a pod that is gone. */
async function lastOf(site: Site, { metadata: { name, namespace = '' } }: Pod, act: () => Promise<void>): Promise<Pod> {
  const stop = new AbortController();
  try {
    const pods = await watchPods(site.api, namespace, stop.signal);
    let last: Pod | undefined;
    pods.subscribe(({ old, now }) => {
      if (now === undefined && old?.metadata.name === name) last = old;
    });
    await act();
    return await eventually(`${name} is gone from ${site.name}`, async () => last);
  } finally {
    stop.abort();
  }
}

const ends = ({ status }: Pod) => status?.containerStatuses?.map(({ state }) => state?.terminated?.exitCode);

describe.concurrent('a proxy that is deleted', () => {
  test('shows how its containers ended, as on a node of its own cluster', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'tidy', TIDY);
    const last = await lastOf(journey.source, proxy, () => deletePod(journey.source, proxy));
    expect([last.status?.phase, ends(last)]).toEqual(['Failed', [7]]);
    await gone(journey.target, delegate);
    await forgotten(journey);
  });

  test('with a grace of its own gives that to its delegate, and a shorter one later', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'deaf', DEAF);
    await deletePod(journey.source, proxy, '--grace-period=25');
    const has =
      (grace: number) =>
      ({ metadata }: Pod) =>
        metadata.deletionGracePeriodSeconds === grace;
    await podThat(journey.target, delegate, ['has 25 s', has(25)]);
    const last = await lastOf(journey.source, proxy, () => deletePod(journey.source, proxy, '--grace-period=1'));
    expect([last.status?.phase, ends(last)]).toEqual(['Failed', [137]]);
    await gone(journey.target, delegate);
    await forgotten(journey);
  });

  test('by force is gone at once, and its delegate within seconds', async ({ begin }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'forced', DEAF);
    await deletePod(journey.source, proxy, '--grace-period=0', '--force');
    await gone(journey.source, proxy);
    await gone(journey.target, delegate, 15_000);
    await forgotten(journey);
  });
});

describe.concurrent('a running proxy that Argo signals', () => {
  const exec = ({ source, namespace }: Journey, name: string, ...command: string[]) =>
    source.kubectl(['exec', name, '-n', namespace, '-c', 'main', '--', ...command]);

  test('ends as its delegate does, which ends by itself and stays to be read', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(
      journey,
      'signalled',
      "trap 'echo told; sleep 1; exit 7' TERM; sleep 3600 & wait",
    );
    expect(await exec(journey, 'signalled', '/bin/sh', '-c', 'kill -15 1')).toBe('');
    expect(ends(await proxyThat(journey, proxy.metadata.name, failed))).toEqual([7]);
    expect(await delegateOf(journey, proxy, failed)).not.toHaveProperty('metadata.deletionTimestamp');
    // Told once, by the exec.
    expect(await logsOf(journey.source, proxy)).toBe('told\n');
    await deletePod(journey.source, proxy);
    await gone(journey.target, delegate);
  });

  test('is killed when its grace is over, if it does not heed', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'deaf', DEAF, { terminationGracePeriodSeconds: 4 });
    await exec(journey, 'deaf', '/bin/sh', '-c', 'kill -15 1');
    await gone(journey.target, delegate, 6_000);
    expect(ends(await proxyThat(journey, proxy.metadata.name, failed))).toEqual([137]);
  });

  test('is killed at once by SIGKILL, which its first process could not be told from within', async ({
    begin,
    expect,
  }) => {
    const journey = await begin();
    const { delegate } = await begun(journey, 'killed', DEAF);
    await expect(exec(journey, 'killed', '/bin/sh', '-c', 'kill -9 1')).rejects.toThrow('the step is told to end');
    await gone(journey.target, delegate, 5_000);
    expect(ends(await proxyThat(journey, 'killed', failed))).toEqual([137]);
  });

  test('runs on for any other command', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'asked', DEAF);
    expect(await exec(journey, 'asked', 'sh', '-c', 'echo kill -15 1')).toBe('kill -15 1\n');
    expect((await delegateOf(journey, proxy, running)).metadata.deletionTimestamp).toBeUndefined();
  });
});

describe.concurrent('a running proxy that Argo calls completed', () => {
  test('ends as its delegate does when that is told to', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'stopped', TIDY);
    const body = { metadata: { labels: { [ARGO.completed]: 'true' } } };
    await journey.source.api.patch('pods', proxy.metadata.name, body, { namespace: journey.namespace, type: 'merge' });
    await gone(journey.target, delegate);
    const ended = await proxyThat(journey, 'stopped', failed);
    expect(ends(ended)).toEqual([7]);
    await deletePod(journey.source, ended);
    await forgotten(journey);
  });
});

describe.concurrent('on a real node', () => {
  test('active seconds are counted where the pod runs', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, elected('late', 'cluster2', once([shell('main', UNTIL_TOLD)], { activeDeadlineSeconds: 3 })));
    const proxy = await proxyThat(journey, 'late', failed);
    expect(proxy.spec['activeDeadlineSeconds']).toBeUndefined();
    expect(proxy.status?.reason).toBe('DeadlineExceeded');
  });

  test('what the kubelet warns of is an Event on the proxy', async ({ begin }) => {
    const journey = await begin();
    const container = shell('main', 'true', { envFrom: [{ configMapRef: { name: 'absent' } }] });
    await submit(journey, elected('unset', 'cluster2', once([container])));
    await eventually('an Event on the proxy', async () => {
      const about = `involvedObject.name=unset`;
      const options = ['--field-selector', about, '-o', 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}'];
      const events = await journey.source.kubectl(['get', 'events', '-n', journey.namespace, ...options]);
      if (events.includes('Failed: cluster2: Error: configmap "absent" not found')) return true;
      throw new Error(`events are ${events}`);
    });
  });
});

describe('kubectl drain', () => {
  const labelled = (name: string): KubeObject => {
    const pod = elected(name, 'cluster2', once([shell('main', TIDY)], HALF_A_MINUTE));
    return { ...pod, metadata: { ...pod.metadata, labels: { drained: name } } };
  };
  const drain = async ({ kubectl }: Site, node: string, selector: string) => {
    try {
      return await kubectl(['drain', node, '--force', '--pod-selector', selector, '--timeout=40s'], {
        timeout: 50_000,
      });
    } finally {
      await kubectl(['uncordon', node]);
    }
  };

  test('of the node in the target fails the proxy, with the reason', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, labelled('away'));
    const proxy = await proxyThat(journey, 'away', running);
    await delegateOf(journey, proxy, running);
    expect(await drain(journey.target, 'cluster2-node', 'multicluster.admiralty.io/drained=away')).toContain('drained');
    const ended = await proxyThat(journey, 'away', failed);
    expect(ends(ended)).toEqual([7]);
    expect(ended.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
    );
  });

  test('of a virtual node takes proxies and delegates away, and ends', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, labelled('home'));
    await delegateOf(journey, await proxyThat(journey, 'home', running), running);
    expect(await drain(journey.source, virtualNodeName('cluster2'), 'drained=home')).toContain('drained');
    expect(await podsIn(journey, journey.source)).toEqual([]);
    expect(await podsIn(journey, journey.target)).toEqual([]);
    await forgotten(journey);
  });
});
