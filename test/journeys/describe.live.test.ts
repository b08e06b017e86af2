/** What `kubectl describe` says of a proxy: where the pod is, how it fares, and why it waits. */
import { describe } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { type Journey, test } from './fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from './pods.ts';
import { delegateOf, eventually, failed, proxyThat, running, submit } from './steps.ts';

/** In words: long annotations have a line of their own. */
async function described({ source, namespace }: Journey, name: string): Promise<string> {
  const text = await source.kubectl(['describe', 'pod', name, '-n', namespace]);
  return text.replace(/\s+/g, ' ');
}

/** Events are written beside the work, so they may be late. */
const untilDescribed = (journey: Journey, name: string, ...wanted: RegExp[]): Promise<string> =>
  eventually(`${name} is described`, async () => {
    const text = await described(journey, name);
    const lacking = wanted.filter((line) => !line.test(text));
    if (lacking.length === 0) return text;
    throw new Error(`${lacking.join(', ')} is not in ${text}`);
  });

/** Lines by which a proxy names its delegate. */
function whereabouts({ metadata: { name, namespace }, spec }: Pod): string[] {
  const place = `cluster2/${namespace}/${name}`;
  return [
    'Node: berth-cluster2/',
    `multicluster.admiralty.io/delegate: ${place} `,
    `multicluster.admiralty.io/delegate-node: ${spec.nodeName} `,
    ` to ${place} on node ${spec.nodeName} `,
  ];
}

const SCHEDULED = / Normal Scheduled \S+ berth-agent Successfully assigned /;

describe.concurrent('kubectl describe', () => {
  test('of a pod that runs names its cluster, its delegate and the node of that', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, elected('runs', 'cluster2', once([shell('main', UNTIL_TOLD)])));
    const delegate = await delegateOf(journey, await proxyThat(journey, 'runs', running), running);
    const text = await untilDescribed(journey, 'runs', SCHEDULED);
    for (const line of [...whereabouts(delegate), ' Status: Running ', ' State: Running ', 'PodScheduled True'])
      expect(text).toContain(line);
  });

  test('of one that has ended says how, and where it was', async ({ begin, expect }) => {
    const journey = await begin();
    await submit(journey, elected('ended', 'cluster2', once([shell('main', 'echo bye; exit 3')])));
    const delegate = await delegateOf(journey, await proxyThat(journey, 'ended', failed), failed);
    const text = await untilDescribed(journey, 'ended', SCHEDULED);
    for (const line of [...whereabouts(delegate), ' Status: Failed ', ' State: Terminated ', ' Exit Code: 3 '])
      expect(text).toContain(line);
    expect(text.match(/ Normal Scheduled /g)).toHaveLength(1);
  });

  test('of one whose image is nowhere says what its cluster said', async ({ begin, expect }) => {
    const journey = await begin();
    const container = shell('main', 'true', { image: 'nowhere.invalid/image:1' });
    await submit(journey, elected('pulls', 'cluster2', once([container])));
    const told = / Warning Failed \S+ berth-agent cluster2: Failed to pull image "nowhere.invalid\/image:1"/;
    const text = await untilDescribed(
      journey,
      'pulls',
      SCHEDULED,
      told,
      / State: Waiting Reason: (ErrImagePull|ImagePullBackOff)/,
    );
    const delegate = await delegateOf(journey, await proxyThat(journey, 'pulls', ['waits', () => true]));
    for (const line of whereabouts(delegate)) expect(text).toContain(line);
  });

  test('of one that fits nowhere says why, by cluster', async ({ begin, expect }) => {
    const journey = await begin();
    const container = shell('main', 'true', { resources: { requests: { cpu: '1000' } } });
    await submit(journey, elected('waits', 'cluster2', once([container])));
    const why = / Warning FailedScheduling \S+ berth-agent .*cluster2/;
    const text = await untilDescribed(journey, 'waits', why, / PodScheduled False/);
    expect(text).toContain(' Node: <none> ');
    expect(text).not.toContain('multicluster.admiralty.io/delegate');
  });
});
