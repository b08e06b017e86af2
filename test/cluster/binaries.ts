import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from './build.ts';
import { type BinaryName, KUBERNETES_VERSION } from './build-plan.ts';
import type { HarnessEnv } from './env.ts';
import { withLock } from './lock.ts';

export type BinaryOptions = {
  readonly env: HarnessEnv;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Version of Kubernetes, where it must be that and no other: what is on the PATH does not serve then. */
  readonly kubernetes?: string;
};

/** Where each binary is. */
export type Binaries = ReadonlyMap<BinaryName, string>;

/**
 * Finds the binaries in KUBEBUILDER_ASSETS, on the PATH or in the cache, and builds what lacks into the cache
 * (about 7 minutes on 2 cores when nothing is there). Fails when something lacks and there is no Go.
 */
export async function ensureBinaries(names: readonly BinaryName[], options: BinaryOptions): Promise<Binaries> {
  const into = join(options.env.cacheDir, `bin-${options.kubernetes ?? KUBERNETES_VERSION}`);
  const folders = options.kubernetes === undefined ? [...options.env.searchPath, into] : [into];
  if ((await missing(names, folders)).length > 0) {
    await withLock(join(into, '.lock'), options.log, async () => {
      const lacking = await missing(names, folders);
      if (lacking.length > 0) await build(lacking, { ...options, into, env: options.env.processEnv });
    });
  }
  const found = names.map(async (name) => [name, (await findExecutable(name, folders)) ?? ''] as const);
  return new Map(await Promise.all(found));
}

/** The path of one of the binaries that were ensured. Throws for another. */
export function pathOf(binaries: Binaries, name: BinaryName): string {
  const path = binaries.get(name);
  if (path === undefined) throw new Error(`${name} was not asked for`);
  return path;
}

/** The first executable of that name in the folders, if any. */
export async function findExecutable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

async function missing(names: readonly BinaryName[], folders: readonly string[]): Promise<BinaryName[]> {
  const found = await Promise.all(names.map((name) => findExecutable(name, folders)));
  return names.filter((_, index) => found[index] === undefined);
}
