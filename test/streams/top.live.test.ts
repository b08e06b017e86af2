/** `kubectl top` of a proxy and of a virtual node, by real metrics-servers in source and target; and what agents read. */
import { describe } from 'vitest';
import { parseQuantity, virtualNodeName } from '../../api/index.ts';
import { type Site, test } from '../journeys/fleet.ts';
import { elected, once, shell } from '../journeys/pods.ts';
import { delegateOf, eventually, proxyThat, running, submit } from '../journeys/steps.ts';
import { startMetricsServer } from './metrics-server.ts';
import type { View } from './pods.ts';

const NODE = virtualNodeName('cluster2');
/** As much as its limit lets it, which is a tenth of a core. */
const BURNS = shell('main', 'trap "exit 0" TERM; while :; do :; done', {
  resources: { requests: { cpu: '10m' }, limits: { cpu: '100m', memory: '32Mi' } },
});
/** A metrics-server has figures of a pod after two scrapes, 15 s apart, and of its proxy after two of those. */
const TOLD_MS = 120_000;

const stats = `/api/v1/nodes/${NODE}/proxy/stats/summary`;

interface Summary {
  pods: { podRef: { name: string; namespace: string }; cpu?: { usageNanoCores: number } }[];
}

const millicores = async ({ kubectl }: Site, ...args: string[]): Promise<number> => {
  const [, cpu = ''] = (await kubectl(['top', ...args, '--no-headers'])).trim().split(/\s+/);
  const cores = parseQuantity(cpu);
  if (cores === undefined) throw new Error(`${args.join(' ')} uses ${cpu}`);
  return Math.round(1000 * cores);
};

const topOf = ({ site, pod: { metadata } }: View) =>
  millicores(site, 'pod', metadata.name, '-n', metadata.namespace ?? '');

describe('what a proxy uses', () => {
  test('is what its delegate uses', async ({ begin, expect }) => {
    const journey = await begin();
    const { source, target, namespace } = journey;
    await submit(journey, elected('burns', 'cluster2', once([BURNS])));
    const pod = await proxyThat(journey, 'burns', running);
    const proxy = { site: source, pod };
    const delegate = { site: target, pod: await delegateOf(journey, pod, running) };
    const summary = async () => JSON.parse(await source.kubectl(['get', '--raw', stats])) as Summary;
    const ours = ({ pods }: Summary) =>
      pods.find(({ podRef }) => podRef.name === 'burns' && podRef.namespace === namespace);
    // Without a metrics API in the target there are no figures, and the rest is told all the same.
    expect(ours(await summary())).toMatchObject({ podRef: { name: 'burns' }, containers: [] });
    await using _target = await startMetricsServer(target);
    await using _source = await startMetricsServer(source);
    const figures = await eventually(
      'the proxy uses what its delegate does',
      async () => {
        const [there, here] = [await topOf(delegate), await topOf(proxy)];
        if (Math.min(there, here) < 50 || Math.abs(there - here) > 30)
          throw new Error(`${there}m there, ${here}m here`);
        return { there, here };
      },
      TOLD_MS,
    );
    const node = await eventually('the node has figures', () => millicores(source, 'node', NODE), TOLD_MS);
    // Of what has nothing to give kubectl tells no percentages.
    expect(await source.kubectl(['top', 'node'])).toMatch(new RegExp(`^${NODE} +\\d+m +\\d+Mi *$`, 'm'));
    const told = ours(await summary())?.cpu?.usageNanoCores ?? 0;
    console.log(
      `kubectl top: delegate ${figures.there}m, proxy ${figures.here}m, virtual node ${node}m; stats/summary: ${Math.round(told / 1e6)}m`,
    );
    expect(node).toBeGreaterThan(50);
    expect(told / 1e6).toBeGreaterThan(50);
    expect(told / 1e6).toBeLessThan(200);
  });
});
