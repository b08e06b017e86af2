/** That nothing of these suites crosses from cluster to cluster but by the hub. */
import { describe } from 'vitest';
import { credentialsFromKubeconfig } from '../../kube/index.ts';
import { RELAY_PORT } from '../apart.ts';
import { apartAt, reaches } from '../cluster/apart.ts';
import { type Site, test } from '../journeys/fleet.ts';
import { begun, start } from './pods.ts';

const endOf = async ({ kubeconfig }: Site) => {
  const { hostname, port } = new URL((await credentialsFromKubeconfig(kubeconfig)).server);
  return { host: hostname, port: Number(port) };
};

describe('clusters with networks of their own', () => {
  test('reach the hub and its relay, and nothing of one another', async ({ fleet, expect }) => {
    const { cluster1, cluster2 } = fleet.sites;
    const hub = await endOf(fleet.hub);
    const others = [
      [cluster1, cluster2],
      [cluster2, cluster1],
      [fleet.hub, cluster1],
      [fleet.hub, cluster2],
    ] as const;
    for (const [from, to] of others) expect(await reaches(apartAt(from.folder), await endOf(to))).toBe(false);
    for (const { folder } of [cluster1, cluster2])
      for (const to of [hub, { ...hub, port: RELAY_PORT }]) expect(await reaches(apartAt(folder), to)).toBe(true);
  });

  test('their pods included', async ({ begin, expect }) => {
    const journey = await begin();
    const { delegate } = await begun(journey, 'caller');
    const ask = async ({ host, port }: Awaited<ReturnType<typeof endOf>>) => {
      const script = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 ${host} ${port}`;
      const { ended } = await start(delegate, 'exec', ['--', 'sh', '-c', script]);
      return (await ended).length > 0;
    };
    const [own, others] = [await endOf(journey.target), await endOf(journey.source)];
    expect([await ask(own), await ask(others)]).toEqual([true, false]);
  });
});
