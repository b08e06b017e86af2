import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the harness takes from its environment; the only place here that reads `process.env`. */
export type HarnessEnv = {
  /** Folders that may hold the servers' binaries, best first. */
  readonly searchPath: readonly string[];
  /** Where what is built is kept between runs. */
  readonly cacheDir: string;
  /** Where running clusters keep their state. */
  readonly stateRoot: string;
  /** In CI, what needs real kubelets fails rather than falls back to simulated nodes. */
  readonly ci: boolean;
  /** The user's own kubeconfig, where existing clusters are used. */
  readonly kubeconfig: string | undefined;
  /** Folder with Argo's `workflow-controller`, `argoexec` and (to record) `argo`, if the user has them. */
  readonly argoFolder: string | undefined;
  /** Which version of Argo that is, where it is recorded. */
  readonly argoVersion: string | undefined;
  /** The environment of every process that is started. */
  readonly processEnv: NodeJS.ProcessEnv;
};

/** Variables that would send the clusters' loopback traffic elsewhere, or another cluster's settings in. */
const UNWANTED = /^(https?_proxy|all_proxy|kubeconfig|etcd_.*|node_options|vitest.*)$/i;

export function readEnv(env: NodeJS.ProcessEnv = process.env): HarnessEnv {
  const cache = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folders = [env['KUBEBUILDER_ASSETS'] ?? '', ...(env['PATH'] ?? '').split(':')];
  return {
    searchPath: folders.filter((folder) => folder !== ''),
    cacheDir: join(cache, 'berth'),
    stateRoot: join(tmpdir(), 'berth-clusters'),
    ci: env['CI'] === 'true',
    kubeconfig: env['KUBECONFIG'],
    argoFolder: env['BERTH_ARGO_BIN'],
    argoVersion: env['BERTH_ARGO_VERSION'],
    processEnv: Object.fromEntries(Object.entries(env).filter(([name]) => !UNWANTED.test(name))),
  };
}
