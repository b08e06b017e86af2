import { describe, type ExpectStatic } from 'vitest';
import type { Container, KubeObject, Pod } from '../../api/index.ts';
import { type Journey, test } from './fleet.ts';
import { elected, once, shell, untilLetEnd } from './pods.ts';
import {
  delegateOf,
  eventually,
  failed,
  forgotten,
  gone,
  letEnd,
  logsOf,
  podsIn,
  proxyThat,
  remove,
  running,
  submit,
  succeeded,
  type Wanted,
} from './steps.ts';

const webhooks = ({ source }: Journey) => source.kubectl(['get', 'mutatingwebhookconfigurations', '-o', 'name']);

const plain = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  ...{ spec: once([shell('main', 'exit 0')]) },
});

type Pair = { readonly proxy: Pod; readonly delegate: Pod };

/** What each pod of the journey is named after is what happens to it while nobody of Berth is there. */
type Cast = Readonly<Record<'ends' | 'isDeleted' | 'staysOn', Pair>> & {
  /** Proxies that the API server removes at once, asking nobody: one has ended, one waits. */
  readonly vanish: readonly Pod[];
};

async function cast(journey: Journey): Promise<Cast> {
  const [ends, isDeleted, staysOn, ...vanish] = await Promise.all([
    runningPair(journey, 'ends', 4),
    runningPair(journey, 'is-deleted', 0),
    runningPair(journey, 'stays-on', 0),
    submitted(journey, 'done', shell('main', 'true'), succeeded),
    submitted(journey, 'waits', shell('main', 'true', { resources: { requests: { cpu: '64' } } }), unschedulable),
  ]);
  return { ends, isDeleted, staysOn, vanish };
}

const unschedulable: Wanted = [
  'waits',
  ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Unschedulable') ?? false,
];

async function submitted(journey: Journey, name: string, container: Container, wanted: Wanted): Promise<Pod> {
  await submit(journey, elected(name, 'cluster2', once([container])));
  return proxyThat(journey, name, wanted);
}

/** A proxy and its delegate, both seen running; the delegate ends with that code as soon as it is let. */
async function runningPair(journey: Journey, name: string, exitCode: number): Promise<Pair> {
  const proxy = await submitted(journey, name, shell('main', `echo ${name}; ${untilLetEnd(exitCode)}`), running);
  return { proxy, delegate: await delegateOf(journey, proxy, running) };
}

async function whileAway(journey: Journey, { ends, isDeleted, vanish }: Cast): Promise<void> {
  await letEnd(journey, ends.delegate);
  await delegateOf(journey, ends.proxy, failed);
  for (const proxy of [isDeleted.proxy, ...vanish]) await remove(journey, proxy);
  for (const proxy of vanish) await gone(journey.source, proxy);
}

/** After the start each pod is where it would be had nobody been away, and none ran twice. */
async function allIsRight(journey: Journey, { ends, isDeleted, staysOn }: Cast, expect: ExpectStatic) {
  const ended = await proxyThat(journey, 'ends', failed);
  expect(ended.status?.containerStatuses).toMatchObject([{ state: { terminated: { exitCode: 4 } } }]);
  // The way there is made anew, and what it wrote before is still there.
  const logs = await eventually('logs are read again', () => logsOf(journey.source, ended));
  expect(logs).toBe('ends\n');
  await gone(journey.target, isDeleted.delegate);
  await gone(journey.source, isDeleted.proxy);

  const still = await delegateOf(journey, staysOn.proxy, running);
  expect(still.metadata.uid).toBe(staysOn.delegate.metadata.uid);
  expect(still.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  await letEnd(journey, still);
  await proxyThat(journey, 'stays-on', succeeded);

  for (const { proxy } of [ends, staysOn]) await remove(journey, proxy);
  await forgotten(journey);
  await eventually('no delegate is left', async () =>
    (await podsIn(journey, journey.target)).length === 0 ? true : undefined,
  );
}

describe('pods go on while berth up is away', () => {
  // Also after a test that failed half way.
  test.beforeEach(({ fleet }) => fleet.start());

  test('stopped in order, and started again', async ({ begin, fleet, expect }) => {
    const journey = await begin();
    const pods = await cast(journey);
    await fleet.stop();
    expect(await webhooks(journey)).not.toContain('berth');
    await whileAway(journey, pods);
    await fleet.start();
    await allIsRight(journey, pods, expect);
  });

  test('killed, and started again; pods without an annotation never notice', async ({ begin, fleet, expect }) => {
    const journey = await begin();
    const pods = await cast(journey);
    await fleet.kill();
    await whileAway(journey, pods);

    await submit(journey, plain('plain'));
    const pod = await proxyThat(journey, 'plain', succeeded);
    expect(pod.spec.nodeName).toBe('cluster1-node');
    await expect(submit(journey, elected('refused', 'cluster2', once([shell('main', 'true')])))).rejects.toThrow(
      /failed calling webhook "zz\.proxy\.multicluster\.admiralty\.io"/,
    );

    await fleet.start();
    await allIsRight(journey, pods, expect);
  });
});
