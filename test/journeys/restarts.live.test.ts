import { describe, type ExpectStatic } from 'vitest';
import type { KubeObject, Pod } from '../../api/index.ts';
import { type Journey, test } from './fleet.ts';
import { elected, once, shell, untilLetEnd } from './pods.ts';
import {
  delegateOf,
  eventually,
  failed,
  forgotten,
  gone,
  letEnd,
  podsIn,
  proxyThat,
  remove,
  running,
  submit,
  succeeded,
} from './steps.ts';

const webhooks = ({ source }: Journey) => source.kubectl(['get', 'mutatingwebhookconfigurations', '-o', 'name']);

const plain = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  ...{ spec: once([shell('main', 'exit 0')]) },
});

type Pair = { readonly proxy: Pod; readonly delegate: Pod };

/** A proxy and its delegate, both seen running; the delegate ends with that code as soon as it is let. */
async function runningPair(journey: Journey, name: string, exitCode: number): Promise<Pair> {
  await submit(journey, elected(name, 'cluster2', once([shell('main', untilLetEnd(exitCode))])));
  const proxy = await proxyThat(journey, name, running);
  return { proxy, delegate: await delegateOf(journey, proxy, running) };
}

/** What happens while nobody of Berth is there: one pod ends, one is deleted, one runs on. */
async function whileAway(journey: Journey, { ends, deleted }: { ends: Pair; deleted: Pair }): Promise<void> {
  await letEnd(journey, ends.delegate);
  await delegateOf(journey, ends.proxy, failed);
  await remove(journey, deleted.proxy);
}

/** After the start each pod is where it would be had nobody been away, and none ran twice. */
async function allIsRight(journey: Journey, pairs: { ends: Pair; deleted: Pair; stays: Pair }, expect: ExpectStatic) {
  const { ends, deleted, stays } = pairs;
  const ended = await proxyThat(journey, 'ends', failed);
  expect(ended.status?.containerStatuses).toMatchObject([{ state: { terminated: { exitCode: 4 } } }]);
  await gone(journey.target, deleted.delegate);
  await gone(journey.source, deleted.proxy);

  const still = await delegateOf(journey, stays.proxy, running);
  expect(still.metadata.uid).toBe(stays.delegate.metadata.uid);
  expect(still.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  await letEnd(journey, still);
  await proxyThat(journey, 'stays', succeeded);

  for (const { proxy } of [ends, stays]) await remove(journey, proxy);
  await forgotten(journey);
  await eventually('no delegate is left', async () =>
    (await podsIn(journey, journey.target)).length === 0 ? true : undefined,
  );
}

describe('pods go on while berth up is away', () => {
  test('stopped in order, and started again', async ({ begin, fleet, expect }) => {
    const journey = await begin();
    const [ends, deleted, stays] = await Promise.all([
      runningPair(journey, 'ends', 4),
      runningPair(journey, 'deleted', 0),
      runningPair(journey, 'stays', 0),
    ]);
    await fleet.stop();
    expect(await webhooks(journey)).not.toContain('berth');
    await whileAway(journey, { ends, deleted });
    await fleet.start();
    await allIsRight(journey, { ends, deleted, stays }, expect);
  });

  test('killed, and started again; pods without an annotation never notice', async ({ begin, fleet, expect }) => {
    const journey = await begin();
    const [ends, deleted, stays] = await Promise.all([
      runningPair(journey, 'ends', 4),
      runningPair(journey, 'deleted', 0),
      runningPair(journey, 'stays', 0),
    ]);
    await fleet.kill();
    await whileAway(journey, { ends, deleted });

    await submit(journey, plain('plain'));
    const pod = await proxyThat(journey, 'plain', succeeded);
    expect(pod.spec.nodeName).toBe('cluster1-node');
    await expect(submit(journey, elected('refused', 'cluster2', once([shell('main', 'true')])))).rejects.toThrow(
      /failed calling webhook "zz\.proxy\.multicluster\.admiralty\.io"/,
    );

    await fleet.start();
    await allIsRight(journey, { ends, deleted, stays }, expect);
  });
});
