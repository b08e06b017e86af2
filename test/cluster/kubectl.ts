import { type RunOptions, run } from './run.ts';

/** Runs kubectl as the cluster's administrator and returns its standard output; fails unless it exits with 0. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<string>;

/** `timeout` in milliseconds, 60 s unless told. */
export type KubectlOptions = Pick<RunOptions, 'input' | 'timeout' | 'signal'>;

export type KubectlSetting = {
  readonly path: string;
  readonly kubeconfig: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
};

export function kubectlFor({ path, kubeconfig, cacheDir, env }: KubectlSetting): Kubectl {
  const fixed = ['--kubeconfig', kubeconfig, '--cache-dir', cacheDir];
  return (args, options = {}) => run(path, [...fixed, ...args], { ...options, env });
}
