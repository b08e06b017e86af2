/** `berth install`, as an admin of all clusters runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readEnv } from './cluster/env.ts';

export type InstallOptions = {
  readonly hub: { readonly kubeconfig: string };
  readonly members: readonly { readonly name: string; readonly kubeconfig: string }[];
  /** Takes the components' kubeconfigs. */
  readonly folder: string;
  /** Further arguments. */
  readonly args?: readonly string[];
  /** Module of the command line; ours if left out. */
  readonly berth?: string;
  readonly signal?: AbortSignal;
};

/** Our command line. */
export const BERTH = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** For `berth up`, `install` and `agent`: logs and exec work also where API servers verify kubelets. */
export const SERVES_VERIFIED = ['--serving-certificate', 'self-approved'] as const;

const LIMIT = 60_000;

/** Fails unless it ends well within a minute. */
export async function installBerth(o: InstallOptions): Promise<void> {
  const { hub, members, folder, args: more = [], berth = BERTH, signal } = o;
  await mkdir(folder, { recursive: true });
  const named = members.flatMap(({ name, kubeconfig }) => ['--member', `${name}=${kubeconfig}`]);
  const args = [berth, 'install', '--hub', hub.kubeconfig, ...named, '--credentials', folder, ...more];
  const limit = AbortSignal.any([AbortSignal.timeout(LIMIT), ...(signal === undefined ? [] : [signal])]);
  const options = { stdio: ['ignore', 'ignore', 'inherit'] as const, env: readEnv().processEnv, signal: limit };
  const child = spawn(process.execPath, args, { ...options, stdio: [...options.stdio] });
  const [code] = (await once(child, 'exit', { signal: limit })) as [number | null];
  if (code !== 0) throw new Error(`berth install ended with ${code}`);
}
