import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBinaries, pathOf } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { type HarnessEnv, readEnv } from './env.ts';
import { kubectlFor } from './kubectl.ts';
import { run } from './run.ts';

export type ExistingOptions = {
  /** The kubeconfig's context; also the cluster's name unless told. */
  readonly context: string;
  readonly name?: string;
  /** The kubeconfig to take it from; kubectl's own choice unless told. */
  readonly kubeconfig?: string;
  /** A folder for a kubeconfig of that context alone. */
  readonly stateDir: string;
  readonly log: (line: string) => void;
  readonly env?: HarnessEnv;
};

/**
 * A cluster that is there already, behind the interface of those that are started: stopping leaves it alone,
 * there is no audit log, and no node can be added.
 */
export async function useCluster(options: ExistingOptions): Promise<Cluster> {
  const { context, name = context, stateDir, log, env = readEnv() } = options;
  const path = pathOf(await ensureBinaries(['kubectl'], { env, log }), 'kubectl');
  const from = options.kubeconfig ?? env.kubeconfig;
  const view = ['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json', '--context', context];
  const content = await run(path, [...(from === undefined ? [] : ['--kubeconfig', from]), ...view]);
  const kubeconfig = join(stateDir, `${name}.kubeconfig`);
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await writeFile(kubeconfig, content, { mode: 0o600 });
  const stop = async () => undefined;
  return {
    name,
    kubeconfig,
    server: serverOf(content),
    auditLog: undefined,
    kubectl: kubectlFor({ path, kubeconfig, cacheDir: join(stateDir, 'kubectl'), env: env.processEnv }),
    addNodes: () => Promise.reject(new Error(`cluster ${name} was not started here; its nodes are its own`)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function serverOf(content: string): string {
  const config = JSON.parse(content) as { clusters?: { cluster: { server: string } }[] };
  const server = config.clusters?.[0]?.cluster.server;
  if (server === undefined) throw new Error('the kubeconfig has no server for that context');
  return server;
}
