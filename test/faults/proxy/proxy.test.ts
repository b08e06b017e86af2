import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../api/index.ts';
import { createClient } from '../../../kube/client.ts';
import { ConnectionError } from '../../../kube/errors.ts';
import { answer, type Handler, startServer, type TestServer } from '../../../kube/testing/http-server.ts';
import type { ApiClient, WatchEvent } from '../../../kube/types.ts';
import type { ProxyRequest } from './faults.ts';
import { type FaultProxy, startProxy } from './proxy.ts';

const pod = (name: string) => ({ metadata: { name, namespace: 'ns', resourceVersion: '7' } });
const line = (name: string) => `${JSON.stringify({ type: 'ADDED', object: pod(name) })}\n`;

/** Watches get what the test writes, other requests their own body back. */
const handler: Handler = ({ method, path, query, body }, response) => {
  if (query.has('watch')) {
    tell = (text) => response.write(text);
    response.once('close', () => gone.resolve());
    response.writeHead(200).flushHeaders();
  } else answer(response, method === 'POST' ? 201 : 200, { ...pod('a'), said: `${method} ${path} ${body}` });
};

let upstream: TestServer;
let proxy: FaultProxy;
let client: ApiClient;
let tell: (text: string) => void;
let gone: PromiseWithResolvers<void>;

beforeEach(async () => {
  gone = Promise.withResolvers();
  upstream = await startServer(handler);
  proxy = await startProxy({ server: upstream.credentials.server });
  client = createClient({
    cluster: 'test',
    component: 'tests',
    random: () => 0,
    timeoutMs: 5000,
    credentials: {
      server: proxy.server,
      tls: { ca: proxy.ca },
      headers: async () => ({ authorization: 'Bearer caller' }),
    },
  });
});
afterEach(async () => {
  await client.close();
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const isWrite = ({ method }: ProxyRequest) => method === 'POST';
const all = () => true;
const create = () => client.create('pods', pod('a'));
const get = () => client.get('pods', 'a', { namespace: 'ns' });

/** The events of a watch one by one. */
function watch() {
  const events = client.watch<KubeObject>('pods', { namespace: 'ns', resourceVersion: '1', timeoutSeconds: 60 });
  const iterator = events[Symbol.asyncIterator]();
  return { next: () => iterator.next(), end: () => iterator.return?.() };
}
const nameOf = ({ value }: IteratorResult<WatchEvent<KubeObject>, unknown>) =>
  (value as WatchEvent<KubeObject> | undefined)?.object.metadata.name;

describe('without rules', () => {
  test('requests pass with method, query, body and identity, and so do their answers', async () => {
    const created = await client.create('pods', pod('a'), { strict: true, as: 'somebody' });
    expect(created).toMatchObject({ said: `POST /api/v1/namespaces/ns/pods ${upstream.requests[0]?.body}` });
    const [received] = upstream.requests;
    expect(received?.query.get('fieldValidation')).toBe('Strict');
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer caller',
      'user-agent': 'berth/tests',
      'impersonate-user': 'somebody',
    });
    expect(proxy.requests).toEqual([
      expect.objectContaining({ method: 'POST', userAgent: 'berth/tests', status: 201 }),
    ]);
    expect(proxy.requests[0]?.body).toBe(received?.body);
  });

  test('connections are kept', async () => {
    for (let i = 0; i < 20; i++) await get();
    expect(proxy.connections).toBeLessThanOrEqual(2);
    expect(upstream.connections).toBeLessThanOrEqual(2);
  });

  test('a watch tells every event at once, and who leaves it leaves the API server too', async () => {
    const { next, end } = watch();
    for (const name of ['a', 'b']) {
      const event = next();
      await expect.poll(() => proxy.watches).toHaveLength(1);
      tell(line(name));
      expect(nameOf(await event)).toBe(name);
    }
    await end();
    await gone.promise;
    await expect.poll(() => proxy.watches).toEqual([]);
  });

  test('an API server that is not there breaks the connection', async () => {
    await upstream[Symbol.asyncDispose]();
    expect(await failure(create())).toBeInstanceOf(ConnectionError);
  });
});

describe('a rule', () => {
  test('answers in place of the API server', async () => {
    const refusal = { kind: 'answer', code: 409, message: 'somebody was faster' } as const;
    proxy.rule({ match: isWrite, fault: refusal });
    expect(await failure(create())).toMatchObject({ status: 409, reason: 'Conflict', message: 'somebody was faster' });
    expect(upstream.requests).toEqual([]);
    expect(await get()).toMatchObject({ said: 'GET /api/v1/namespaces/ns/pods/a ' });
    proxy.rule({ match: all, fault: { kind: 'answer', code: 410, retryAfter: 3 } });
    expect(await failure(get())).toMatchObject({ status: 410, retryAfterSeconds: 3 });
  });

  test('resets the connection before or after the request took effect', async () => {
    proxy.rule({ match: isWrite, times: 1, fault: { kind: 'drop-before' } });
    expect(await failure(create())).toMatchObject({ code: 'ECONNRESET', sent: true });
    expect(upstream.requests).toHaveLength(0);
    proxy.rule({ match: isWrite, times: 1, fault: { kind: 'drop-after' } });
    expect(await failure(create())).toMatchObject({ code: 'ECONNRESET', sent: true });
    expect(upstream.requests).toHaveLength(1);
    expect(proxy.requests.map(({ fault, status }) => [fault, status])).toEqual([
      ['drop-before', undefined],
      ['drop-after', 201],
    ]);
    await create();
  });

  test('holds a request until it is released, and nobody else', async () => {
    const rule = proxy.rule({ match: isWrite, fault: { kind: 'hold' } });
    const created = create();
    expect(await rule.seen()).toMatchObject({ method: 'POST' });
    await get();
    expect(upstream.requests.map(({ method }) => method)).toEqual(['GET']);
    rule.release();
    await created;
    await create();
    expect(rule.count).toBe(1);
  });

  test('lets a held write take effect although its caller has gone', async () => {
    const rule = proxy.rule({ match: isWrite, fault: { kind: 'hold' } });
    const stop = new AbortController();
    const created = failure(client.create('pods', pod('a'), { signal: stop.signal }));
    await rule.seen();
    stop.abort(new Error('killed'));
    expect(await created).toMatchObject({ message: 'killed' });
    rule.release();
    await expect.poll(() => upstream.requests).toHaveLength(1);
  });

  test('lets a request take effect and holds its answer', async () => {
    const rule = proxy.rule({ match: isWrite, fault: { kind: 'hold-after' } });
    const created = create();
    const request = await rule.seen();
    await expect.poll(() => request.status).toBe(201);
    expect(await Promise.race([created, get().then(() => 'held')])).toBe('held');
    rule.release();
    expect(await created).toMatchObject({ metadata: { name: 'a' } });
  });

  test('delays', async () => {
    proxy.rule({ match: all, fault: { kind: 'delay', ms: 100 } });
    const startedAt = performance.now();
    await get();
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });

  test('strikes so often as it may, is counted and told, and gives up waiting', async () => {
    const struck: ProxyRequest[] = [];
    const onStrike = (request: ProxyRequest) => struck.push(request);
    const rule = proxy.rule({ match: isWrite, times: 2, fault: { kind: 'answer', code: 500 }, onStrike });
    const told = [rule.seen(), rule.seen()];
    for (let i = 0; i < 3; i++) await failure(create());
    expect(await Promise.all(told)).toEqual(proxy.requests.slice(0, 2));
    expect(struck).toEqual(proxy.requests.slice(0, 2));
    expect(rule.count).toBe(2);
    await expect(rule.seen(20)).rejects.toThrow('no request for the rule');
    proxy.rule({ match: isWrite, fault: { kind: 'answer', code: 500 } }).remove();
    await create();
  });
});

describe('a watch', () => {
  async function opened() {
    const events = watch();
    const first = events.next();
    await expect.poll(() => proxy.watches).toHaveLength(1);
    tell(line('first'));
    await first;
    return events;
  }

  test('falls silent while it is open, and tells the rest when released', async () => {
    const events = await opened();
    const rule = proxy.rule({ match: all, fault: { kind: 'stall' } });
    tell(line('late'));
    const next = events.next();
    expect(await Promise.race([next, get().then(() => 'silent')])).toBe('silent');
    rule.release();
    expect(nameOf(await next)).toBe('late');
  });

  test('is silent from its start', async () => {
    const rule = proxy.rule({ match: all, times: 1, fault: { kind: 'stall' } });
    const next = watch().next();
    await rule.seen();
    tell(line('first'));
    expect(await Promise.race([next, get().then(() => 'silent')])).toBe('silent');
    rule.release();
    expect(nameOf(await next)).toBe('first');
  });

  test('is cut or ends', async () => {
    const cut = await opened();
    proxy.rule({ match: all, times: 1, fault: { kind: 'cut', how: 'reset' } });
    expect(await failure(cut.next())).toMatchObject({ code: 'ECONNRESET' });
    const ended = await opened();
    proxy.rule({ match: all, times: 1, fault: { kind: 'cut', how: 'end' } });
    expect(await ended.next()).toEqual({ done: true, value: undefined });
  });

  test('tells garbage and errors between two lines of the API server', async () => {
    const garbage = await opened();
    const half = line('third').length / 2;
    tell(line('second') + line('third').slice(0, half));
    expect(nameOf(await garbage.next())).toBe('second');
    expect(proxy.rule({ match: all, times: 1, fault: { kind: 'garbage' } }).count).toBe(1);
    tell(line('third').slice(half));
    expect(nameOf(await garbage.next())).toBe('third');
    expect(await failure(garbage.next())).toBeInstanceOf(SyntaxError);
    await expect.poll(() => proxy.watches).toEqual([]);
    const failed = await opened();
    proxy.rule({ match: all, times: 1, fault: { kind: 'error-event', code: 410 } });
    expect(await failure(failed.next())).toMatchObject({ status: 410, reason: 'Expired' });
  });

  test('that is refused is no open watch', async () => {
    proxy.rule({ match: ({ isWatch }) => isWatch, fault: { kind: 'answer', code: 410 } });
    expect(await failure(watch().next())).toMatchObject({ status: 410 });
    expect(proxy.watches).toEqual([]);
  });
});
