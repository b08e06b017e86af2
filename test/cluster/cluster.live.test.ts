import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countWrites } from './audit.ts';
import { hierarchies } from './cgroups.ts';
import type { Cluster } from './cluster.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { run } from './run.ts';

const START = 600_000;
const POD = 60_000;

const pod = (name: string, script: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'busybox:1.36', command: ['sh', '-c', script] }],
  },
});

async function create(cluster: Cluster, manifest: object, phase: string): Promise<void> {
  const name = (manifest as { metadata: { name: string } }).metadata.name;
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(manifest) });
  await cluster.kubectl(['wait', `--for=jsonpath={.status.phase}=${phase}`, `pod/${name}`, '--timeout=60s']);
}

const exitCode = (cluster: Cluster, name: string) =>
  cluster.kubectl(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}']);

const RESULTS = '/var/lib/cni/results';
const FOLDERS = ['/run/netns', RESULTS, '/run/containerd/s', '/var/log/containers'];

/** The lines that tell of what clusters may leave on a machine, if they hold one of the marks. */
async function traces(marks: readonly string[]): Promise<string[]> {
  const cgroups = (await hierarchies()).map(({ mountPoint }) => mountPoint);
  const lists = [...FOLDERS, ...cgroups].map(async (folder) => (await readdir(folder).catch(() => [])).join('\n'));
  const texts = await Promise.all([
    readFile('/proc/self/mounts', 'utf8'),
    run('ps', ['-eo', 'args']),
    run('ip', ['-o', 'link']),
    run('iptables-save', []),
    ...lists,
  ]);
  return texts.flatMap((text) => text.split('\n')).filter((line) => marks.some((mark) => line.includes(mark)));
}

/** The names of what a real cluster has on this machine: its folder, bridge, pods' addresses and network namespaces. */
async function marksOf(cluster: Cluster): Promise<string[]> {
  const folder = dirname(cluster.kubeconfig);
  const cni = JSON.parse(await readFile(join(folder, 'cni', '10-bridge.conflist'), 'utf8')) as { name: string };
  const notes = (await readdir(RESULTS)).filter((name) => name.startsWith(`${cni.name}-`));
  const contents = await Promise.all(notes.map((name) => readFile(join(RESULTS, name), 'utf8')));
  const namespaces = contents.flatMap((content) => content.match(/cni-[0-9a-f-]{36}/) ?? []);
  expect(namespaces.length).toBeGreaterThan(0);
  const address = await cluster.kubectl(['get', 'pod', 'caller', '-o', 'jsonpath={.status.podIP}']);
  return [folder, cni.name, address.replace(/\d+$/, ''), ...namespaces];
}

describe('a cluster with a real kubelet and one with simulated nodes', () => {
  let fleet: Fleet;
  let real: Cluster;
  let simulated: Cluster;
  beforeAll(async () => {
    const members = [
      { name: 'real', cpu: '700m' },
      { name: 'simulated', simulated: [{ name: 'sim-1', cpu: '4', taints: [] }] },
    ];
    fleet = await startFleet({ members, nodes: 'kubelet', log: console.log });
    real = fleet.cluster('real');
    simulated = fleet.cluster('simulated');
  }, START);
  afterAll(() => fleet?.stop(), POD);

  it('offers as much CPU as was asked for', async () => {
    expect(await real.kubectl(['get', 'node', '-o', 'jsonpath={.items[*].status.allocatable.cpu}'])).toBe('700m');
  });

  it('runs a real pod to its end and keeps its log', { timeout: POD }, async () => {
    await create(real, pod('hello', 'echo hello; exit 3'), 'Failed');
    expect(await exitCode(real, 'hello')).toBe('3');
    expect(await real.kubectl(['logs', 'hello'])).toBe('hello\n');
  });

  it('lets a pod reach its API server and be reached by exec', { timeout: POD }, async () => {
    const request = String.raw`printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 5 $KUBERNETES_SERVICE_HOST 443`;
    await create(real, pod('caller', 'sleep 1000'), 'Running');
    expect(await real.kubectl(['exec', 'caller', '--', 'sh', '-c', request])).toContain(
      'HTTP request to an HTTPS server',
    );
  });

  it('plays simulated pods: to success, to a failure, and for ever', { timeout: POD }, async () => {
    await create(simulated, pod('done', 'true', { 'sim/duration': '100ms' }), 'Succeeded');
    await create(simulated, pod('failed', 'true', { 'sim/duration': '100ms', 'sim/exit-code': '42' }), 'Failed');
    expect(await exitCode(simulated, 'failed')).toBe('42');
    await create(simulated, pod('server', 'true', { 'sim/duration': 'forever' }), 'Running');
    await create(simulated, pod('later', 'true'), 'Succeeded');
    const phase = await simulated.kubectl(['get', 'pod', 'server', '-o', 'jsonpath={.status.phase}']);
    expect(phase).toBe('Running');
  });

  it('adds simulated nodes, with what they offer', { timeout: POD }, async () => {
    await simulated.addNodes([{ name: 'sim-2', cpu: '8', extended: { 'example.com/gpu': '2' } }]);
    const gpus = ['get', 'node', 'sim-2', '-o', String.raw`jsonpath={.status.allocatable.example\.com/gpu}`];
    expect(await simulated.kubectl(gpus)).toBe('2');
    await expect(real.addNodes([])).rejects.toThrow('no simulated nodes');
  });

  it('counts who wrote what', { timeout: POD }, async () => {
    const since = Date.now();
    await create(simulated, pod('counted', 'true', { 'sim/duration': '100ms' }), 'Succeeded');
    const counts = await countWrites(simulated.auditLog ?? '', { since });
    const of = (user: string, resource: string, subresource: string) =>
      counts.find((one) => one.user === user && one.resource === resource && one.subresource === subresource)?.count;
    expect(of('admin', 'pods', '')).toBe(1);
    expect(of('system:kube-scheduler', 'pods', 'binding')).toBe(1);
    expect(of('kwok', 'pods', 'status')).toBe(2);
  });

  it('leaves nothing when it stops, though a pod still runs', { timeout: POD }, async () => {
    const marks = await marksOf(real);
    expect((await traces(marks)).length).toBeGreaterThan(20);
    await fleet.stop();
    expect(await traces(marks)).toEqual([]);
    expect(existsSync(dirname(real.kubeconfig))).toBe(false);
  });
});
