import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureImages, PAUSE_IMAGE } from './images.ts';
import type { PodNetwork } from './network.ts';
import { assertAlive, startProcess } from './processes.ts';
import { run } from './run.ts';
import { waitUntil } from './wait.ts';

export const containerdSocket = (stateDir: string) => join(stateDir, 'containerd.sock');

export type ContainerdOptions = {
  readonly stateDir: string;
  readonly network: PodNetwork;
  readonly imageFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
};

/** Starts a containerd of the cluster's own and loads the images into it. */
export async function startContainerd(options: ContainerdOptions): Promise<void> {
  const { stateDir, network, env, signal } = options;
  const config = join(stateDir, 'containerd.toml');
  await mkdir(join(stateDir, 'cni'), { recursive: true });
  await writeFile(join(stateDir, 'cni', '10-bridge.conflist'), JSON.stringify(cniConfig(stateDir, network)));
  await writeFile(config, containerdConfig(stateDir));
  const images = await ensureImages(options.imageFolder);
  const containerd = await startProcess({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', config],
    stateDir,
    env,
    netns: network.apart?.netns,
  });
  const answers = async () => {
    assertAlive(containerd, stateDir);
    await run('ctr', ['--address', containerdSocket(stateDir), 'version'], { env, timeout: 5_000 });
    return true;
  };
  await waitUntil(answers, { what: 'containerd answers', timeout: 30_000, signal });
  for (const image of images) await importImage(stateDir, image, env);
}

/** Gives the pods of a cluster with real kubelets an image, from an archive. */
export async function importImage(stateDir: string, archive: string, env: NodeJS.ProcessEnv): Promise<void> {
  const ctr = ['--address', containerdSocket(stateDir), '--namespace', 'k8s.io'];
  await run('ctr', [...ctr, 'images', 'import', archive], { env });
}

function cniConfig(stateDir: string, network: PodNetwork) {
  const ipam = {
    type: 'host-local',
    dataDir: join(stateDir, 'ipam'),
    ranges: [[{ subnet: network.podRange }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  // One rule of our own hides pods' addresses outside; the plugin would make a chain per pod.
  const bridge = { type: 'bridge', bridge: network.bridge, isGateway: true, ipMasq: false, ipam };
  return { cniVersion: '0.4.0', name: network.bridge, plugins: [bridge] };
}

function containerdConfig(stateDir: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${join(stateDir, 'containerd')}"
state = "${join(stateDir, 'run')}"
disabled_plugins = [${['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `"io.containerd.snapshotter.v1.${name}"`)}]
[grpc]
  address = "${containerdSocket(stateDir)}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(stateDir, 'opt')}"
[${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_hugetlb_controller = true
  restrict_oom_score_adj = true
  [${cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(stateDir, 'cni')}"
  [${cri}.containerd]
    default_runtime_name = "runc"
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`;
}
