import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { identify, type ProcessId } from './process-id.ts';
import { run } from './run.ts';

/** Where the CNI plugins' library keeps, per network and container, what it did. */
const CNI_RESULTS = '/var/lib/cni/results';
const CONTAINER_LOGS = '/var/log/containers';

/** The processes that containerd leaves beside its containers, known by the socket of their containerd. */
export async function findShims(stateDir: string): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const shims = await Promise.all(
    pids.map(async (pid) => {
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const ours = args[0]?.endsWith('containerd-shim-runc-v2') && args.includes(join(stateDir, 'containerd.sock'));
      return ours ? identified(Number(pid)) : [];
    }),
  );
  return shims.flat();
}

function identified(pid: number): ProcessId[] {
  try {
    return [identify(pid)];
  } catch {
    return [];
  }
}

/** The sockets of those processes, which lie outside of the cluster's folder. */
export async function removeShimSockets(stateDir: string): Promise<void> {
  const tasks = join(stateDir, 'run', 'io.containerd.runtime.v2.task', 'k8s.io');
  for (const id of await list(tasks)) {
    const address = await readFile(join(tasks, id, 'address'), 'utf8').catch(() => '');
    if (address.startsWith('unix:///run/containerd/s/')) await rm(address.slice('unix://'.length), { force: true });
  }
}

/** Pods' network namespaces (their ends of the veth pairs go with them) and the plugins' notes of them. */
export async function removePodNetworks(network: string): Promise<void> {
  for (const file of (await list(CNI_RESULTS)).filter((name) => name.startsWith(`${network}-`))) {
    const note = JSON.parse(await readFile(join(CNI_RESULTS, file), 'utf8')) as CniNote;
    const namespaces = new Set(note.result.interfaces?.flatMap(({ sandbox }) => sandbox ?? []));
    for (const namespace of [...namespaces].filter((path) => existsSync(path))) {
      await unmount([namespace]);
      await rm(namespace, { force: true });
    }
    await rm(join(CNI_RESULTS, `cni-loopback-${note.containerId}-lo`), { force: true });
    await rm(join(CNI_RESULTS, file));
  }
}

/** What matters here of a note: interfaces with a `sandbox` are those within the pod's namespace. */
type CniNote = {
  readonly containerId: string;
  readonly result: { readonly interfaces?: readonly { readonly sandbox?: string }[] };
};

/** Unmounts all that is mounted below the folder, the deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const points = (await mountsBelow(folder)).sort((a, b) => b.length - a.length);
  await unmount(points).catch(async (error: unknown) => {
    // Containers that are on their way out unmount some themselves, meanwhile: what counts is that nothing is left.
    if ((await mountsBelow(folder)).length > 0) throw error;
  });
}

async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).trimEnd().split('\n');
  const points = lines.map((line) => decodeOctal(line.split(' ')[4] ?? ''));
  return points.filter((point) => point.startsWith(folder + sep));
}

/** The links to pods' logs that kubelets put beside everybody's. */
export async function removeLogLinks(stateDir: string): Promise<void> {
  for (const path of (await list(CONTAINER_LOGS)).map((name) => join(CONTAINER_LOGS, name))) {
    const target = await readlink(path).catch(() => '');
    if (target.startsWith(stateDir + sep)) await rm(path);
  }
}

async function unmount(points: readonly string[]): Promise<void> {
  // Lazily: what used these mounts has been killed, but may take a moment to let go.
  if (points.length > 0) await run('umount', ['--lazy', ...points]);
}

const decodeOctal = (path: string) =>
  path.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8)));

const list = async (folder: string) => (existsSync(folder) ? readdir(folder) : []);
