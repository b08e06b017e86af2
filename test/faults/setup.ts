import type { TestProject } from 'vitest/node';
import { startFleet } from '../cluster/fleet.ts';

/** What a test has to know of a cluster. */
type ClusterFacts = { readonly kubeconfig: string; readonly auditLog: string };

declare module 'vitest' {
  interface ProvidedContext {
    faults: { readonly cluster1: ClusterFacts; readonly cluster2: ClusterFacts };
  }
}

/** Two clusters for all tests that put the fault proxy before an API server; only cluster2 has a node. Returns what ends them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const members = [
    { name: 'cluster1', simulated: [] },
    { name: 'cluster2', simulated: [{ name: 'node', cpu: '1000', pods: 1000 }] },
  ];
  const fleet = await startFleet({ members, nodes: 'simulated', log: console.error });
  const facts = (name: string): ClusterFacts => {
    const { kubeconfig, auditLog = '' } = fleet.cluster(name);
    return { kubeconfig, auditLog };
  };
  project.provide('faults', { cluster1: facts('cluster1'), cluster2: facts('cluster2') });
  return fleet.stop;
}
