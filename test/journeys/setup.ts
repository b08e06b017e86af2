/** Starts the two clusters with real kubelets that all journeys share. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readEnv } from '../cluster/env.ts';
import { startFleet } from '../cluster/fleet.ts';
import { canRunKubelets } from '../cluster/packages.ts';

/** Where the clusters are, or why there are none. */
export type Ground =
  | { readonly kubeconfigs: { readonly cluster1: string; readonly cluster2: string }; readonly berthLog: string }
  | { readonly why: string };

declare module 'vitest' {
  interface ProvidedContext {
    ground: Ground;
  }
}

/** The rest of two cores is for the clusters themselves; the pods of all journeys ask for 10m each. */
const CPU = '1800m';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const env = readEnv();
  const ability = await canRunKubelets();
  if (!ability.ok) {
    if (env.ci) throw new Error(`journeys: ${ability.why}`);
    console.log(`journeys are skipped: ${ability.why}`);
    project.provide('ground', { why: ability.why });
    return async () => undefined;
  }
  const members = [
    { name: 'cluster1', cpu: CPU },
    { name: 'cluster2', cpu: CPU },
  ];
  const fleet = await startFleet({ members, nodes: 'kubelet', log: console.log, env });
  const berthLog = join(env.stateRoot, 'journeys-berth.log');
  await mkdir(env.stateRoot, { recursive: true });
  await rm(berthLog, { force: true });
  const kubeconfigs = {
    cluster1: fleet.cluster('cluster1').kubeconfig,
    cluster2: fleet.cluster('cluster2').kubeconfig,
  };
  project.provide('ground', { kubeconfigs, berthLog });
  return fleet.stop;
}
