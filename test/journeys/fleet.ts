/** The stage of the journeys: two clusters, Berth over them, and a namespace of its own for every test. */
import { dirname, join } from 'node:path';
import { test as base, inject } from 'vitest';
import { hash, type KubeObject } from '../../api/index.ts';
import { type ApiClient, createClient, credentialsFromKubeconfig } from '../../kube/index.ts';
import { type ApartBerth, startApart } from '../apart.ts';
import { startBerth } from '../berth.ts';
import { ensureBinaries, pathOf } from '../cluster/binaries.ts';
import { readEnv } from '../cluster/env.ts';
import { type Kubectl, kubectlFor } from '../cluster/kubectl.ts';
import { waitUntil } from '../cluster/wait.ts';
import { SERVES_VERIFIED } from '../install.ts';
import type { Ground } from './setup.ts';

export type ClusterName = 'cluster1' | 'cluster2';

/** A cluster, as its administrator sees it. */
export type Site = {
  readonly name: string;
  readonly kubectl: Kubectl;
  readonly api: ApiClient;
  readonly kubeconfig: string;
  /** Where the cluster keeps its files; removed with it. */
  readonly folder: string;
};

/** One test's way: pods are submitted in `source` and run in `target`, in a namespace for them alone. */
export type Journey = {
  readonly namespace: string;
  readonly source: Site;
  readonly target: Site;
  /** Observations, decisions and delegations are here. */
  readonly hub: Site;
};

/** Berth over both clusters: `berth up` with cluster1 as the hub, or, where networks are apart, its components. */
export type Fleet = {
  readonly sites: Readonly<Record<ClusterName, Site>>;
  readonly hub: Site;
  /** The component of this role, where each is a process of its own. */
  readonly part: ApartBerth['part'];
  /** Resolves when all serve; at once if they do. */
  readonly start: () => Promise<void>;
  /** SIGTERM, if it runs; fails unless it ends well. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, if it runs. */
  readonly kill: () => Promise<void>;
};

export type Route = {
  readonly from?: ClusterName;
  readonly to?: ClusterName;
  /** Of the namespace, in both clusters. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** vitest's `test` with a fleet that runs for the whole file, and `begin`, which makes a journey (cluster1 to cluster2). */
export const test = base
  .extend('ground', { scope: 'file' }, async () => {
    const ground = inject('ground');
    return 'why' in ground ? { why: ground.why } : { fleet: await openFleet(ground) };
  })
  .extend('running', { scope: 'file' }, async ({ ground }, { onCleanup }) => {
    if (ground.fleet === undefined) return ground;
    const { fleet } = ground;
    onCleanup(async () => {
      await fleet.stop();
      await Promise.all([...Object.values(fleet.sites), fleet.hub].map(({ api }) => api.close()));
    });
    await fleet.start();
    return ground;
  })
  .extend('fleet', async ({ running, skip }) => running.fleet ?? skip(running.why))
  .extend(
    'begin',
    async ({ fleet, task }) =>
      (route: Route = {}) =>
        begin(fleet, task.name, route),
  );

async function begin({ sites, hub }: Fleet, name: string, { from = 'cluster1', to = 'cluster2', labels = {} }: Route) {
  const readable = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const namespace = `${readable.slice(0, 40)}-${hash(`${name} ${Date.now()}`).slice(-4)}`.replace(/^-/, '');
  const journey: Journey = { namespace, source: sites[from], target: sites[to], hub };
  await Promise.all(Object.values(sites).map((site) => makeNamespace(site, namespace, labels)));
  return journey;
}

/** Before its service account is there, every pod would be refused. */
async function makeNamespace({ api, name }: Site, namespace: string, labels: Record<string, string>): Promise<void> {
  const object: KubeObject = { metadata: { name: namespace, labels } };
  await api.create('namespaces', object);
  const hasAccount = async () => {
    await api.get('serviceaccounts', 'default', { namespace });
    return true;
  };
  await waitUntil(hasAccount, { what: `pods can be created in ${name}`, timeout: 20_000 });
}

async function openFleet({ kubeconfigs, hub, berthLog }: Extract<Ground, { berthLog: string }>): Promise<Fleet> {
  const [cluster1, cluster2, theirHub] = await Promise.all([
    openSite('cluster1', kubeconfigs.cluster1),
    openSite('cluster2', kubeconfigs.cluster2),
    hub === undefined ? undefined : openSite('hub', hub),
  ]);
  const sites = { cluster1, cluster2 };
  const members = [cluster1, cluster2];
  if (theirHub === undefined) {
    const options = { hub: cluster1, members, logFile: berthLog, args: SERVES_VERIFIED };
    const part = () => {
      throw new Error('berth up has no components of its own');
    };
    return { sites, hub: cluster1, ...berthControl(async () => ({ ...(await startBerth(options)), part })) };
  }
  const options = { hub: theirHub, members, folder: `${berthLog}.parts` };
  return { sites, hub: theirHub, ...berthControl(() => startApart(options)) };
}

function berthControl(launch: () => Promise<ApartBerth>): Pick<Fleet, 'start' | 'stop' | 'kill' | 'part'> {
  let berth: ApartBerth | undefined;
  const taken = () => {
    const running = berth;
    berth = undefined;
    return running;
  };
  return {
    start: async () => {
      berth ??= await launch();
    },
    stop: async () => taken()?.stop(),
    kill: async () => taken()?.kill(),
    part: (role) => {
      if (berth === undefined) throw new Error('Berth does not run');
      return berth.part(role);
    },
  };
}

async function openSite(name: string, kubeconfig: string): Promise<Site> {
  const env = readEnv();
  const path = pathOf(await ensureBinaries(['kubectl'], { env, log: console.log }), 'kubectl');
  const kubectl = kubectlFor({ path, kubeconfig, cacheDir: join(dirname(kubeconfig), 'kubectl'), env: env.processEnv });
  const credentials = await credentialsFromKubeconfig(kubeconfig);
  const api = createClient({ cluster: name, credentials, component: 'test', random: Math.random });
  return { name, kubectl, api, kubeconfig, folder: dirname(kubeconfig) };
}
