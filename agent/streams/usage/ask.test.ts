/** What the source's agent is told by the target's, without the relay between them. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as listener, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DELEGATE, type Pod, type PodDelegation } from '../../../api/index.ts';
import { type ApiClient, ApiError, type Open, Store } from '../../../kube/index.ts';
import { silentLog } from '../../../kube/testing/silent-log.ts';
import { delegatePod } from '../../target/delegate-pod.ts';
import { delegation } from '../../target/delegation.samples.ts';
import { createServe } from '../serve.ts';
import { askingUsage } from './ask.ts';

const shared = delegation();
const delegate = delegatePod(shared) as Pod;
const metricsOf = ({ metadata: { name, namespace } }: Pod) => ({
  ...{ metadata: { name, namespace }, timestamp: '2026-01-02T03:04:05Z', window: '15s' },
  containers: [{ name: 'main', usage: { cpu: '100m', memory: '1Ki' } }],
});
const told = {
  ...{ uid: shared.metadata.name, at: Date.parse('2026-01-02T03:04:05Z') },
  containers: [{ name: 'main', cores: 0.1, bytes: 1024 }],
};

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
};

const over = (port: number) => askingUsage(async () => connect({ port, host: '127.0.0.1' }));

/** Cluster b, in which the delegate of `shared` runs, asked by a source. */
async function ask(raw: ApiClient['raw'], { source = 'a', pods = [delegate], shares = [shared] } = {}) {
  const podStore = new Store<Pod>({
    indexers: { proxyUid: ({ metadata }) => [metadata.annotations?.[DELEGATE.proxyUid] ?? ''] },
  });
  const delegations = new Store<PodDelegation>();
  for (const pod of pods) podStore.observe(pod);
  for (const each of shares) delegations.observe(each);
  const { signal } = new AbortController();
  const home = { raw } as ApiClient;
  const open: Open = () => Promise.reject(new Error('no stream is asked for'));
  const serve = createServe({ ...{ cluster: 'b', home, open, pods: podStore }, delegations, signal, log: silentLog() });
  return over(await listening(listener((socket) => serve(socket, source))))('b', signal);
}

const metrics = async (...pods: Pod[]) => JSON.stringify({ items: pods.map(metricsOf) });
const stranger = { ...delegate, metadata: { name: 'stranger', namespace: 'kube-system', uid: 'stranger' } };

test('a source is told what its delegates use, as the metrics API says', async () => {
  const paths: string[] = [];
  const raw = async (_: string, path: string) => {
    paths.push(path);
    return metrics(stranger, delegate);
  };
  expect(await ask(raw, { pods: [delegate, stranger] })).toEqual({ known: true, pods: [told] });
  expect(paths).toEqual([
    `/apis/metrics.k8s.io/v1beta1/pods?labelSelector=${encodeURIComponent(`${DELEGATE.source}=a`)}`,
  ]);
});

test.each([
  ['of another source', { source: 'c' }],
  ['without a delegation', { shares: [] }],
  ['that pretends to be a delegate', { pods: [{ ...delegate, metadata: { ...delegate.metadata, name: 'x' } }] }],
  ['that is gone', { pods: [] }],
])('nothing is told of a pod %s', async (_, at) => {
  const all = (at as { pods?: Pod[] }).pods ?? [delegate];
  expect(await ask(() => metrics(delegate, ...all), at)).toEqual({ known: true, pods: [] });
});

test('a cluster without a metrics API says so', async () => {
  expect(await ask(() => Promise.reject(new ApiError(404, { message: 'not found' })))).toEqual({ known: false });
});

test('a metrics API that fails is told as that', async () => {
  const failing = ask(() => Promise.reject(new ApiError(503, { message: 'not now' })));
  await expect(failing).rejects.toMatchObject({ status: 502, message: 'not now' });
});

test.each([
  ['what is no report', 'hello', 'is not understood'],
  ['more than any report', `"${'x'.repeat(17 * 2 ** 20)}"`, 'bytes of usage were told'],
])('%s is not believed', async (_, body, message) => {
  const port = await listening(createServer((_request, response) => response.end(body)));
  await expect(over(port)('b', new AbortController().signal)).rejects.toThrow(message);
});

test('an agent that knows no such question knows nothing of usage', async () => {
  const port = await listening(createServer((_request, response) => response.writeHead(404).end()));
  expect(await over(port)('b', new AbortController().signal)).toEqual({ known: false });
});

test('who asks no longer waits no longer', async () => {
  const port = await listening(createServer(() => undefined));
  const leaving = new AbortController();
  const asked = over(port)('b', leaving.signal);
  leaving.abort(new Error('left'));
  await expect(asked).rejects.toThrow('left');
});
