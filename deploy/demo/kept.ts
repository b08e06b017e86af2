/** What `--keep` leaves: how to use it, and how to end it. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanUp } from '../../test/cluster/clean-up.ts';
import type { HarnessEnv } from '../../test/cluster/env.ts';
import { stateFolder } from '../../test/cluster/fleet.ts';
import { identify, type ProcessId } from '../../test/cluster/process-id.ts';
import { endProcesses } from '../../test/cluster/processes.ts';
import { readState } from '../../test/cluster/state.ts';
import { HOME, OTHER } from './workload.ts';

const BERTH_PATIENCE_MS = 20_000;

/** The folder of a demo's own files. */
export const demoFolder = (env: HarnessEnv, keep: boolean): string => stateFolder(env, 'demo', keep);

const recordFile = (env: HarnessEnv) => join(demoFolder(env, true), 'berth.json');

/** Notes the process of a Berth that is to stay. */
export const recordBerth = (env: HarnessEnv, pid: number): Promise<void> =>
  writeFile(recordFile(env), JSON.stringify(identify(pid)));

/** Ends a kept demo: Berth, clusters, files. False if there was none. */
export async function endKept(env: HarnessEnv, log: (line: string) => void): Promise<boolean> {
  const folders = [HOME, OTHER].map(({ name }) => stateFolder(env, name, true));
  const clusters = folders.filter((folder) => readState(folder)?.keep === true);
  const record = recordFile(env);
  if (!existsSync(record) && clusters.length === 0) return false;
  log('ending what an earlier --keep left');
  if (existsSync(record)) {
    const berth = JSON.parse(await readFile(record, 'utf8')) as ProcessId;
    await endProcesses([berth], BERTH_PATIENCE_MS);
  }
  await Promise.all(clusters.map(cleanUp));
  await rm(demoFolder(env, true), { recursive: true, force: true });
  return true;
}

/** How to look around in clusters that stay. Pure. @param kubectl its path, where the user's PATH has none. */
export function howToUse(clusters: readonly { name: string; kubeconfig: string }[], kubectl?: string): string {
  const [home, other] = clusters;
  return `Everything stays up. To look around:

  export KUBECONFIG=${home?.kubeconfig}  # ${home?.name}: home of the pods, and the hub
${kubectl === undefined ? '' : `  alias kubectl='${kubectl}'\n`}\
  kubectl get pods -o wide                                    # the node of a proxy tells where its delegate is
  kubectl get podobservations,poddecisions,poddelegations -A  # the story on the hub
  kubectl --kubeconfig ${other?.kubeconfig} get pods  # ${other?.name}: delegates
  node cli/berth.mjs status

To run one more pod, and to see it run elsewhere:

  kubectl run hello --image busybox:1.36 --restart Never --annotations multicluster.admiralty.io/elect= \\
    --annotations multicluster.admiralty.io/clustername=${other?.name} -- echo hello

To end it all:

  npm run demo -- --down`;
}
