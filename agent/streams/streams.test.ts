/** Both sides of a stream, without the relay between them: what the source's agent opens is served by the target's. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as listener, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { Pod, PodDelegation } from '../../api/index.ts';
import { type ApiClient, type Asking, createOpener, type Opened, Store } from '../../kube/index.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { delegatePod } from '../target/delegate-pod.ts';
import { delegation } from '../target/delegation.samples.ts';
import { dialling } from './dial.ts';
import type { Call } from './paths.ts';
import { createServe } from './serve.ts';

const shared = delegation();
const uid = shared.metadata.name;
const delegate = delegatePod(shared) as Pod;
const PODS = `/api/v1/namespaces/${delegate.metadata.namespace}/pods/${delegate.metadata.name}`;
const LOG: Call = { uid, action: 'log', parameters: [['follow', 'true']] };
const EXEC: Call = { uid, action: 'exec', parameters: [['command', 'cat']] };

interface Api {
  answer?: (request: IncomingMessage, response: ServerResponse) => void;
  upgrade?: (request: IncomingMessage, socket: Socket) => void;
}

const listening = async (server: ReturnType<typeof listener>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
};

/** Cluster b, in which the delegate of `shared` runs, with an API server as told; and the way there as source `a`. */
async function setUp({ answer, upgrade }: Api, { source = 'a', pods = [delegate] as Pod[], shares = [shared] } = {}) {
  const asked: IncomingMessage[] = [];
  const api = createServer((request, response) => {
    asked.push(request);
    answer?.(request, response);
  });
  api.on('upgrade', (request, socket: Socket) => {
    asked.push(request);
    socket.on('error', () => undefined);
    upgrade?.(request, socket);
  });
  const server = `http://127.0.0.1:${await listening(api)}`;
  onTestFinished(() => api.closeAllConnections());
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const podStore = new Store<Pod>({ indexers: { proxyUid: () => [uid] } });
  const delegations = new Store<PodDelegation>();
  for (const pod of pods) podStore.observe(pod);
  for (const each of shares) delegations.observe(each);
  const open = createOpener({ server, tls: {}, headers: async () => ({ authorization: 'Bearer agent' }) });
  const home = {} as ApiClient;
  const options = { cluster: 'b', home, open, pods: podStore, delegations, signal: ending.signal, log: silentLog() };
  const serve = createServe(options);
  const port = await listening(listener((socket) => serve(socket, source)));
  const openDelegate = dialling(async () => connect({ port, host: '127.0.0.1' }));
  const ask = (call: Call, headers: IncomingMessage['headers'] = {}, method = 'GET'): Promise<Opened> =>
    openDelegate('b', call, { request: { method, headers } } as Asking, ending.signal);
  return { ask, asked, ending };
}

const SPDY = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

test('a log comes as the API server sends it, asked for as the source', async () => {
  const { ask, asked } = await setUp({
    answer: (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('line\n'),
  });
  const opened = await ask(LOG, { authorization: 'Bearer of another cluster', 'x-other': '1' });
  expect(opened).toMatchObject({ kind: 'answer', status: 200, headers: { 'content-type': 'text/plain' } });
  if (opened.kind === 'answer') expect(await text(opened.body)).toBe('line\n');
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${PODS}/log?follow=true`]);
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer agent', 'impersonate-user': 'berth:source:a' });
  expect(asked[0]?.headers).not.toHaveProperty('x-other');
});

test('an answer of the API server that is no success comes as it is', async () => {
  const { ask } = await setUp({
    upgrade: (_, socket) => socket.end('HTTP/1.1 400 x\r\nContent-Length: 17\r\n\r\nno such container'),
  });
  const opened = await ask(EXEC, SPDY, 'POST');
  expect(opened).toMatchObject({ kind: 'answer', status: 400 });
  if (opened.kind === 'answer') expect(await text(opened.body)).toContain('no such container');
});

test('a stream speaks the protocol that both ends agree on', async () => {
  const { ask, asked } = await setUp({
    upgrade: (_, socket) => {
      socket.write(
        'HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nfirst ',
      );
      socket.pipe(socket);
    },
  });
  const opened = await ask(EXEC, SPDY, 'POST');
  expect(opened).toMatchObject({ kind: 'upgraded', headers: { 'x-stream-protocol-version': 'v4.channel.k8s.io' } });
  expect(asked[0]).toMatchObject({ method: 'POST', url: `${PODS}/exec?command=cat` });
  if (opened.kind !== 'upgraded') return;
  opened.socket.write('second');
  let heard = '';
  for await (const chunk of opened.socket) {
    heard += chunk;
    if (heard === 'first second') break;
  }
  expect(heard).toBe('first second');
});

test('a log that breaks off does not look like one that ended', async () => {
  const { ask } = await setUp({
    answer: (_, response) => {
      response.write('half a li');
      setImmediate(() => response.socket?.resetAndDestroy());
    },
  });
  const opened = await ask(LOG);
  if (opened.kind === 'answer') await expect(text(opened.body)).rejects.toThrow();
  expect(opened.kind).toBe('answer');
});

test('who leaves a log that is followed leaves it in the target, too', async () => {
  const left = Promise.withResolvers<void>();
  const { ask } = await setUp({
    answer: (_, response) => {
      response.write('line\n');
      response.once('close', left.resolve);
    },
  });
  const opened = await ask(LOG);
  if (opened.kind === 'answer') opened.body.destroy();
  await left.promise;
});

test.each([
  ['of another source', { source: 'c' }],
  ['that has no delegate yet', { pods: [] }],
  ['without a delegation', { shares: [] }],
  [
    'whose delegate another pod pretends to be',
    { pods: [{ ...delegate, metadata: { ...delegate.metadata, name: 'x' } }] },
  ],
])('nothing is opened for a pod %s', async (_, at) => {
  const { ask, asked } = await setUp({}, at);
  const opened = await ask(LOG);
  expect(opened).toMatchObject({ kind: 'answer', status: 404 });
  if (opened.kind === 'answer') expect(await text(opened.body)).toContain('b has no delegate of this pod');
  expect(await ask(EXEC, SPDY, 'POST')).toMatchObject({ kind: 'answer', status: 404 });
  expect(asked).toEqual([]);
});

test('an API server that cannot be reached is told as that', async () => {
  const { ask } = await setUp({ answer: (_, response) => response.socket?.destroy() });
  const opened = await ask(LOG);
  expect(opened).toMatchObject({ kind: 'answer', status: 502 });
});

test('an agent that stops ends its streams', async () => {
  const { ask, ending } = await setUp({
    upgrade: (_, socket) => socket.write('HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n'),
  });
  const opened = await ask(EXEC, SPDY, 'POST');
  ending.abort();
  if (opened.kind === 'upgraded') await buffer(opened.socket).catch(() => undefined);
  expect(opened.kind).toBe('upgraded');
});
