/** Starts the two clusters with real kubelets that all journeys share. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openHub } from '../apart.ts';
import { type HarnessEnv, readEnv } from '../cluster/env.ts';
import { type Fleet, startFleet } from '../cluster/fleet.ts';
import { canRunKubelets } from '../cluster/packages.ts';

/** Where the clusters are, or why there are none. */
export type Ground =
  | {
      readonly kubeconfigs: { readonly cluster1: string; readonly cluster2: string };
      /** Kubeconfig of the hub, if it is a third cluster; all three then have networks of their own. */
      readonly hub?: string;
      readonly berthLog: string;
    }
  | { readonly why: string };

declare module 'vitest' {
  interface ProvidedContext {
    ground: Ground;
  }
}

/** The rest of two cores is for the clusters themselves; the pods of all journeys ask for 10m each. */
const CPU = '1800m';

export default (project: TestProject): Promise<() => Promise<void>> => prepare(project, { apart: false });

/** With `apart`, no cluster reaches another: see test/apart.ts. */
export async function prepare(project: TestProject, { apart }: { apart: boolean }): Promise<() => Promise<void>> {
  const env = readEnv();
  const ability = await canRunKubelets();
  if (!ability.ok) {
    if (env.ci) throw new Error(`journeys: ${ability.why}`);
    console.log(`journeys are skipped: ${ability.why}`);
    project.provide('ground', { why: ability.why });
    return async () => undefined;
  }
  const fleet = await startClusters(env, apart);
  // Of this run alone: the components of another would lose their kubeconfigs, which they read again and again.
  const berthLog = join(env.stateRoot, `journeys-berth-${process.pid}.log`);
  await mkdir(env.stateRoot, { recursive: true });
  const kubeconfigs = {
    cluster1: fleet.cluster('cluster1').kubeconfig,
    cluster2: fleet.cluster('cluster2').kubeconfig,
  };
  const hub = apart ? { hub: fleet.cluster('hub').kubeconfig } : {};
  project.provide('ground', { kubeconfigs, ...hub, berthLog });
  return async () => {
    await fleet.stop();
    for (const path of [berthLog, `${berthLog}.parts`]) await rm(path, { force: true, recursive: true });
  };
}

async function startClusters(env: HarnessEnv, apart: boolean): Promise<Fleet> {
  const members = [
    { name: 'cluster1', cpu: CPU, apart, verifiesKubelets: true },
    { name: 'cluster2', cpu: CPU, apart, verifiesKubelets: true },
    ...(apart ? [{ name: 'hub', nodes: false as const, apart }] : []),
  ];
  const fleet = await startFleet({ members, nodes: 'kubelet', log: console.log, env });
  try {
    if (apart) await openHub(fleet.cluster('hub'));
    return fleet;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
