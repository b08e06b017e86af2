import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryName, BuildStep } from './build-plan.ts';
import { planBuild } from './build-plan.ts';
import { run } from './run.ts';

export type BuildOptions = {
  /** The folder the binaries go to. */
  readonly into: string;
  /** Version of Kubernetes, if not the usual one. */
  readonly kubernetes?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

const WORK_PREFIX = '.work-';
const LIMIT = 30 * 60_000;
const PROGRESS_EVERY = 5_000;

/**
 * Builds binaries with Go; each appears in the folder only when it is complete. The caller holds the folder's
 * lock. Fails when Go is missing.
 */
export async function build(missing: readonly BinaryName[], options: BuildOptions): Promise<void> {
  await assertGo(missing, options);
  await mkdir(options.into, { recursive: true });
  await removeOldWork(options.into);
  const work = await mkdtemp(join(options.into, WORK_PREFIX));
  try {
    for (const [index, step] of planBuild(missing, options.kubernetes).entries())
      await buildStep(step, join(work, `${index}`), options);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function buildStep(step: BuildStep, folder: string, options: BuildOptions): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'go.mod'), step.goMod);
  const packages = step.builds.map(({ pkg, version }) => `${pkg}@${version}`);
  const names = step.builds.map(({ name }) => name).join(', ');
  await go(`sources of ${names}`, ['get', '-tool', ...packages], folder, options);
  for (const { name, pkg } of step.builds) {
    const out = join(folder, name);
    const args = ['build', '-p', '2', '-trimpath', '-ldflags', step.ldflags, '-o', out, pkg];
    await go(`building ${name}`, args, folder, options);
    await rename(out, join(options.into, name));
  }
}

async function go(what: string, args: readonly string[], cwd: string, options: BuildOptions): Promise<void> {
  const begun = performance.now();
  const report = () => options.log(`${what}: ${Math.round((performance.now() - begun) / 1000)} s`);
  options.log(what);
  const progress = setInterval(report, PROGRESS_EVERY);
  try {
    const env = { ...options.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod', GOWORK: 'off' };
    await run('go', args, { cwd, env, timeout: LIMIT, ...(options.signal && { signal: options.signal }) });
  } finally {
    clearInterval(progress);
    report();
  }
}

async function assertGo(missing: readonly BinaryName[], { env }: BuildOptions): Promise<void> {
  await run('go', ['version'], { env }).catch((cause: unknown) => {
    const advice = 'Install Go (1.24 or newer), or set KUBEBUILDER_ASSETS to a folder that holds them';
    throw new Error(`${missing.join(', ')} not found, and no Go to build with. ${advice}.`, { cause });
  });
}

/** What an interrupted build left. */
async function removeOldWork(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(WORK_PREFIX));
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
