import { inject, test as plainTest } from 'vitest';
import { createClient } from '../../kube/client.ts';
import { credentialsFromKubeconfig } from '../../kube/credentials.ts';
import { CLUSTERS, type ClusterName, Scene } from './scene.ts';

/** A test with a scene of its own: `scene` is open in both clusters, `homeScene` in cluster1 only. */
export const test = plainTest.extend<{ scene: Scene; homeScene: Scene }>({
  scene: async ({ task }, use) => withScene(sceneName(task.fullTestName), CLUSTERS, use),
  homeScene: async ({ task }, use) => withScene(sceneName(task.fullTestName), ['cluster1'], use),
});

async function withScene(name: string, openIn: readonly ClusterName[], use: (scene: Scene) => Promise<void>) {
  const [cluster1, cluster2] = await Promise.all([connect('cluster1'), connect('cluster2')]);
  try {
    const scene = new Scene(name, { cluster1, cluster2 });
    await Promise.all(openIn.map((cluster) => scene.open(cluster)));
    await use(scene);
  } finally {
    await Promise.all([cluster1.close(), cluster2.close()]);
  }
}

async function connect(cluster: ClusterName) {
  const credentials = await credentialsFromKubeconfig(inject('placement')[cluster].kubeconfig);
  return createClient({ cluster, credentials, component: 'test', random: Math.random });
}

/** The words of a test's name as a DNS label. */
const sceneName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-|-$/g, '');
