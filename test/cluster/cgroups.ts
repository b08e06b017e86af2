import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './wait.ts';

/** A mounted cgroup hierarchy: several of version 1, or one of version 2. */
export type Hierarchy = { readonly mountPoint: string; readonly version: 1 | 2 };

/** The cgroup hierarchies of this machine, in the order of their mounts. */
export async function hierarchies(): Promise<Hierarchy[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return mounts.flatMap(([, mountPoint = '', type]) =>
    type === 'cgroup' || type === 'cgroup2' ? [{ mountPoint, version: type === 'cgroup' ? 1 : 2 }] : [],
  );
}

/** Makes a cgroup of that name in every hierarchy, ready for a kubelet's `cgroupRoot`. */
export async function createCgroup(name: string): Promise<void> {
  const all = await hierarchies();
  // Beside version 1, a hierarchy of version 2 has no controllers, and kubelets do not use it.
  const unified = all.every(({ version }) => version === 2);
  for (const { mountPoint, version } of all) {
    if (version === 2 && !unified) continue;
    if (version === 2) await delegateControllers(mountPoint);
    await mkdir(join(mountPoint, name), { recursive: true });
    if (version === 1) await inheritCpuset(mountPoint, name);
  }
}

/** Kills every process in the cgroup of that name and removes it with all below it. Absent: nothing to do. */
export async function removeCgroup(name: string): Promise<void> {
  for (const { mountPoint } of await hierarchies()) {
    const root = join(mountPoint, name);
    if (!existsSync(root)) continue;
    await waitUntil(() => emptied(root), { what: `processes in ${root} end`, timeout: 15_000, interval: 50 });
  }
}

async function emptied(root: string): Promise<boolean> {
  const folders = await below(root);
  const listed = await Promise.all(folders.map((folder) => readFile(join(folder, 'cgroup.procs'), 'utf8')));
  const pids = listed.flatMap((content) => content.split('\n').filter(Boolean).map(Number));
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  if (pids.length > 0) return false;
  for (const folder of folders) await rmdir(folder);
  return true;
}

/** A folder and all below it, the deepest first. */
async function below(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const children = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => below(join(folder, entry.name))),
  );
  return [...children.flat(), folder];
}

/** Version 2: a cgroup has those controllers that its parent hands down. */
async function delegateControllers(mountPoint: string): Promise<void> {
  const available = (await readFile(join(mountPoint, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const wanted = ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb'].filter((name) => available.includes(name));
  await writeFile(join(mountPoint, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
}

/** Version 1: a new cpuset is empty, and takes no process before it has processors and memory. */
async function inheritCpuset(mountPoint: string, name: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!existsSync(join(mountPoint, file))) return;
    await writeFile(join(mountPoint, name, file), await readFile(join(mountPoint, file)));
  }
}
