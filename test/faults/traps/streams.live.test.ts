import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, inject } from 'vitest';
import { startKubeletServer } from '../../../agent/kubelet/server.ts';
import type { OpenDelegate } from '../../../agent/streams/dial.ts';
import { type KubeObject, type Pod, PROXY_SCHEDULER, virtualNodeName } from '../../../api/index.ts';
import { createAuthority, issue } from '../../../certs/issue.ts';
import { createOpener, credentialsFromKubeconfig, type Opened, Store } from '../../../kube/index.ts';
import { silentLog } from '../../../kube/testing/silent-log.ts';
import { waitUntil } from '../../cluster/wait.ts';
import { type Scene, soon, TRAPS, test } from './scene.ts';

const HOST = '127.0.0.1';
const SPDY = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
const NO_STEPS = { isActive: () => false, told: () => false, end: async () => undefined };

interface VirtualNode extends AsyncDisposable {
  readonly name: string;
  readonly pods: Store<Pod>;
  /** The target's ends of the streams that were opened there, in their order. */
  readonly streams: Socket[];
}

/** A virtual node with its kubelet API, whose target agrees to every stream and says nothing on it. */
async function startNode({ direct, namespace }: Scene): Promise<VirtualNode> {
  const [name, times] = [virtualNodeName(namespace), { days: 1, now: Date.now }];
  const authority = await createAuthority({ commonName: 'kubelets', ...times });
  const tls = await issue(authority, { commonName: name, ipAddresses: [HOST], usage: 'server', ...times });
  const streams: Socket[] = [];
  const target = createServer((socket) => streams.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => target.listen(0, HOST, resolve));
  const openDelegate: OpenDelegate = async () => {
    const socket = connect({ host: HOST, port: (target.address() as AddressInfo).port });
    await once(socket, 'connect');
    return { kind: 'upgraded', headers: SPDY, socket };
  };
  const [ending, pods] = [new AbortController(), new Store<Pod>()];
  const common = { home: direct, host: HOST, port: 0, now: Date.now, random: Math.random, log: silentLog() };
  const steps = Promise.resolve(NO_STEPS);
  const serving = { current: () => tls, onChange: () => () => undefined };
  const started = startKubeletServer({ ...common, pods, serving, openDelegate, steps, signal: ending.signal });
  const kubeletEndpoint = { Port: await started.portOf(name) };
  const status = { addresses: [{ type: 'InternalIP', address: HOST }], daemonEndpoints: { kubeletEndpoint } };
  await direct.create('nodes', { metadata: { name }, ...{ status } } as KubeObject);
  const end = async () => {
    await direct.delete('nodes', name);
    ending.abort();
    await started.stopped;
    for (const stream of streams) stream.destroy();
    target.close();
  };
  return { name, pods, streams, [Symbol.asyncDispose]: end };
}

/** Opens an exec in a pod of that node, as kubectl does; again until the node knows its cluster's authority. */
async function exec({ direct, namespace }: Scene, { name: nodeName, pods }: VirtualNode): Promise<Duplex> {
  const containers = [{ name: 'main', image: 'x' }];
  const spec = { nodeName, containers, schedulerName: PROXY_SCHEDULER, terminationGracePeriodSeconds: 0 };
  pods.observe(await direct.create<Pod>('pods', { metadata: { name: 'a', namespace }, ...{ spec } } as Pod));
  const open = createOpener(await credentialsFromKubeconfig(inject('faults').cluster1.kubeconfig));
  const path = `/api/v1/namespaces/${namespace}/pods/a/exec?container=main&command=cat&stdin=true&stdout=true`;
  let opened: Opened | undefined;
  const opens = async () => {
    opened = await open({ method: 'POST', path, headers: SPDY, signal: AbortSignal.timeout(60_000) });
    return opened.kind === 'upgraded';
  };
  await waitUntil(opens, { what: 'an exec is opened', timeout: 10_000, interval: 100 });
  return opened?.kind === 'upgraded' ? opened.socket : expect.unreachable();
}

const closing = (stream: Duplex) => once(stream, 'close', { signal: AbortSignal.timeout(10_000) });

describe(TRAPS, () => {
  test('15 an exec whose connection breaks off in the target ends, though its status never comes', async ({
    scene,
  }) => {
    await using node = await startNode(scene);
    const client = await exec(scene, node);
    let heard = '';
    client.on('data', (chunk: Buffer) => (heard += chunk)).on('error', () => undefined);
    const closed = closing(client);
    node.streams[0]?.write('half a li');
    await soon('it is heard', () => heard === 'half a li');
    node.streams[0]?.resetAndDestroy();
    await closed;
  });

  test('15 an exec that its client leaves ends in the target, too', async ({ scene }) => {
    await using node = await startNode(scene);
    const client = await exec(scene, node);
    await soon('the target has heard of it', () => node.streams.length === 1);
    const stream = node.streams[0] ?? expect.unreachable();
    const closed = closing(stream.resume());
    client.destroy();
    await closed;
  });
});
