import type { TestProject } from 'vitest/node';
import { startFleet } from '../cluster/fleet.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** An administrator's kubeconfig of a cluster that runs no pods. */
    faults: { readonly kubeconfig: string };
  }
}

/** One API server for all tests that put the fault proxy before it. Returns what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const members = [{ name: 'faults', nodes: false } as const];
  const fleet = await startFleet({ members, nodes: 'simulated', log: console.error });
  project.provide('faults', { kubeconfig: fleet.cluster('faults').kubeconfig });
  return fleet.stop;
}
