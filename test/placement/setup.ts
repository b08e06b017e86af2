import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startBerth } from '../berth.ts';
import { readEnv } from '../cluster/env.ts';
import { startFleet } from '../cluster/fleet.ts';

/** What a test has to know of a cluster. */
export type ClusterFacts = { readonly kubeconfig: string; readonly auditLog: string };

declare module 'vitest' {
  interface ProvidedContext {
    placement: { readonly cluster1: ClusterFacts; readonly cluster2: ClusterFacts };
  }
}

/** How long a delegate may be without a node: long enough for kube-scheduler, short enough for a test. */
const NODE_TIMEOUT = 5;

/**
 * One fleet for all tests of placement: cluster1 is hub, source and target, cluster2 a member like it. They have no
 * nodes; each test adds its own. Returns what ends it all.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const members = ['cluster1', 'cluster2'].map((name) => ({ name, simulated: [] }));
  const fleet = await startFleet({ members, nodes: 'simulated', log: console.error });
  const logFile = join(readEnv().stateRoot, `placement-${process.pid}.log`);
  try {
    const berth = await startBerth({
      hub: fleet.cluster('cluster1'),
      members: fleet.clusters,
      // All that agents can be given, which the tests of access print.
      args: ['--node-timeout', String(NODE_TIMEOUT), '--serving-certificate', 'self-approved'],
      logFile,
    });
    const facts = (name: string): ClusterFacts => {
      const { kubeconfig, auditLog = '' } = fleet.cluster(name);
      return { kubeconfig, auditLog };
    };
    project.provide('placement', { cluster1: facts('cluster1'), cluster2: facts('cluster2') });
    return async () => {
      await berth.stop();
      await fleet.stop();
      await rm(logFile);
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
