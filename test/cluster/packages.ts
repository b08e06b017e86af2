import { constants, existsSync } from 'node:fs';
import { access, chmod, mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findExecutable } from './binaries.ts';
import { hierarchies } from './cgroups.ts';
import type { HarnessEnv } from './env.ts';
import { withLock } from './lock.ts';
import { run } from './run.ts';

export type Ability = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Debian's packages that a kubelet needs, each with a file by which its presence is known. */
const PACKAGES: readonly (readonly [name: string, file: string])[] = [
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['containernetworking-plugins', '/usr/lib/cni/bridge'],
  ['busybox-static', '/bin/busybox'],
  ['iptables', 'iptables'],
  ['iproute2', 'ip'],
  ['conntrack', 'conntrack'],
  ['socat', 'socat'],
];

const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** Whether this machine can run real kubelets, perhaps after `installPackages`; changes nothing that stays. */
export async function canRunKubelets(): Promise<Ability> {
  if (process.platform !== 'linux') return { ok: false, why: `real kubelets need Linux, this is ${process.platform}` };
  if (process.getuid?.() !== 0) return { ok: false, why: 'real kubelets need root' };
  if (!existsSync('/etc/debian_version'))
    return { ok: false, why: 'real kubelets are set up on Debian and Ubuntu only' };
  const [first] = await hierarchies();
  if (first === undefined) return { ok: false, why: 'no cgroups are mounted' };
  const probe = `${first.mountPoint}/berth-probe-${process.pid}`;
  try {
    await mkdir(probe);
    await rmdir(probe);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: `cgroups cannot be made: ${error instanceof Error ? error.message : error}` };
  }
}

/** Which of the packages that real kubelets need are not there. */
export async function missingPackages(env: HarnessEnv): Promise<string[]> {
  const present = await Promise.all(
    PACKAGES.map(async ([, file]) =>
      file.startsWith('/') ? existsSync(file) : await findExecutable(file, env.searchPath),
    ),
  );
  return PACKAGES.filter((_, index) => !present[index]).map(([name]) => name);
}

/** Installs the missing packages, without starting their services. Needs root and apt. */
export async function installPackages(env: HarnessEnv, log: (line: string) => void): Promise<void> {
  if ((await missingPackages(env)).length === 0) return;
  await withLock(join(env.cacheDir, 'packages.lock'), log, async () => {
    const names = await missingPackages(env);
    if (names.length > 0) await install(names, env, log);
  });
}

async function install(names: readonly string[], env: HarnessEnv, log: (line: string) => void): Promise<void> {
  log(`installing packages for real kubelets: ${names.join(' ')}`);
  const options = { env: { ...env.processEnv, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 };
  await run('apt-get', ['update', '-q'], options);
  await withoutServices(async () => {
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...names], options);
  });
  // Debian's package enables its service; ours are started by hand, so it would only be one more at the next boot.
  if (names.includes('containerd') && existsSync('/run/systemd/system')) {
    await run('systemctl', ['disable', '--now', 'containerd'], options);
  }
}

/** Debian asks this file before it starts a service. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  const present = await access(SERVICE_POLICY, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (present) return work();
  await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n');
  await chmod(SERVICE_POLICY, 0o755);
  try {
    await work();
  } finally {
    await rm(SERVICE_POLICY, { force: true });
  }
}
