import { afterEach, describe, expect, test } from 'vitest';
import { type Client, createClient } from './client.ts';
import type { Credentials } from './credentials.ts';
import { ApiError, ConnectionError, DeadlineError, isConflict, isRefusal, isTransient } from './errors.ts';
import { answer, type Handler, refuse, startServer } from './testing/http-server.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

function clientOf(credentials: Credentials, timeoutMs?: number): Client {
  const client = createClient({
    cluster: 'test',
    credentials,
    component: 'tests',
    random: () => 0,
    ...(timeoutMs && { timeoutMs }),
  });
  cleanUp.push(() => client.close());
  return client;
}

async function setUp(handler: Handler, timeoutMs?: number) {
  const server = await startServer(handler);
  cleanUp.push(async () => server[Symbol.asyncDispose]());
  return { server, client: clientOf(server.credentials, timeoutMs) };
}

const pod = { metadata: { name: 'a', namespace: 'ns' } };

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a fenced client', () => {
  test('writes nothing once its fence is closed, not even a write that was begun before; it may read', async () => {
    let open = true;
    const { server, client } = await setUp(({ method }, response) => {
      open = false;
      answer(response, method === 'GET' ? 200 : 429, { metadata: { name: 'a' } }, { 'retry-after': '0' });
    });
    const fenced = client.fenced(() => {
      if (!open) throw new Error('closed');
    });
    expect(await failure(fenced.create('pods', pod))).toMatchObject({ message: 'closed' });
    expect(await failure(fenced.delete('pods', 'a', { namespace: 'ns' }))).toMatchObject({ message: 'closed' });
    await fenced.get('pods', 'a', { namespace: 'ns' });
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });
});

describe('requests', () => {
  test('go to the right path with the right query, type and identity', async () => {
    const { server, client } = await setUp((_, response) => answer(response, 200, { metadata: { name: 'a' } }));
    await client.create('pods', pod, { strict: true, as: 'berth:source:x' });
    await client.create('pods', pod, { subresource: 'binding' });
    await client.patch('pods', 'a', { status: {} }, { type: 'strategic', namespace: 'ns', subresource: 'status' });
    await client.patch('clusters', 'c', {}, { type: 'apply', fieldManager: 'berth', force: true });
    await client.list('pods', { fieldSelector: 'spec.schedulerName=berth', limit: 500, continue: 'a/b' });
    await client.create('nodes', { metadata: { name: 'n', namespace: 'wrong' } });
    const seen = server.requests.map(({ method, path, query, headers }) =>
      [method, path, query.toString(), headers['content-type']].filter(Boolean).join(' '),
    );
    expect(seen).toEqual([
      'POST /api/v1/namespaces/ns/pods fieldValidation=Strict application/json',
      'POST /api/v1/namespaces/ns/pods/a/binding application/json',
      'PATCH /api/v1/namespaces/ns/pods/a/status application/strategic-merge-patch+json',
      'PATCH /apis/multicluster.admiralty.io/v1alpha1/clusters/c fieldManager=berth&force=true application/apply-patch+yaml',
      'GET /api/v1/pods fieldSelector=spec.schedulerName%3Dberth&limit=500&continue=a%2Fb',
      'POST /api/v1/nodes application/json',
    ]);
    const [first, second] = server.requests;
    expect(first?.headers).toMatchObject({ 'impersonate-user': 'berth:source:x', authorization: 'Bearer test' });
    expect(first?.headers['user-agent']).toBe('berth/tests');
    expect(second?.headers).not.toHaveProperty('impersonate-user');
    expect(JSON.parse(first?.body ?? '')).toEqual({ apiVersion: 'v1', kind: 'Pod', ...pod });
  });

  test('share connections', async () => {
    const { server, client } = await setUp((_, response) => answer(response, 200, pod));
    for (let i = 0; i < 20; i++) await client.get('pods', 'a', { namespace: 'ns' });
    for (let i = 0; i < 20; i++) await client.delete('pods', 'a', { namespace: 'ns' });
    // The pool may open a second one before it knows that the first is free again.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test('a delete tells whether the object is still there', async () => {
    const grace = { deletionTimestamp: 'x', deletionGracePeriodSeconds: 30 };
    const answers = [
      { kind: 'Status', metadata: {} },
      { metadata: { name: 'a' } },
      { metadata: { name: 'a', ...grace } },
      { metadata: { name: 'a', ...grace, deletionGracePeriodSeconds: 0 } },
      { metadata: { name: 'a', ...grace, deletionGracePeriodSeconds: 0, finalizers: ['x'] } },
    ];
    const { server, client } = await setUp((_, response) => answer(response, 200, answers.shift()));
    const remains: boolean[] = [];
    for (let i = 0; i < 5; i++)
      remains.push((await client.delete('pods', 'a', { namespace: 'ns', uid: 'u' })) !== undefined);
    expect(remains).toEqual([false, false, true, false, true]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ preconditions: { uid: 'u' } });
  });
});

describe('failures', () => {
  test("are the server's own words", async () => {
    const { client } = await setUp((_, response) => refuse(response, 403, 'Forbidden', 'exceeded quota: small'));
    const error = await failure(client.create('pods', pod));
    expect(error).toMatchObject({ status: 403, reason: 'Forbidden', message: 'exceeded quota: small' });
    expect(error).toMatchObject({ request: 'POST /api/v1/namespaces/ns/pods' });
    expect(isRefusal(error)).toBe(true);
  });

  test('that are no JSON are told all the same', async () => {
    const { client } = await setUp((_, response) => response.writeHead(413).end('too large\n'));
    expect(await failure(client.create('pods', pod))).toMatchObject({ status: 413, message: 'too large' });
  });

  test('429 is tried again after the time that the server asks for, also for writes', async () => {
    const times: number[] = [];
    const { client } = await setUp((_, response) => {
      times.push(performance.now());
      if (times.length === 1) refuse(response, 429, 'TooManyRequests', 'later', { 'retry-after': '1' });
      else answer(response, 201, pod);
    });
    await client.create('pods', pod);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test('503 is tried again for reads, and given up after four times', async () => {
    const { server, client } = await setUp((_, response) => refuse(response, 503, 'ServiceUnavailable'));
    expect(isTransient(await failure(client.get('nodes', 'n')))).toBe(true);
    expect(server.requests).toHaveLength(4);
    await failure(client.create('pods', pod));
    expect(server.requests).toHaveLength(5);
  });

  test('a write whose connection broke is not sent twice', async () => {
    const { server, client } = await setUp((_, response) => response.destroy());
    const error = await failure(client.create('pods', pod));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ sent: true });
    expect(server.requests).toHaveLength(1);
    await failure(client.get('nodes', 'n'));
    expect(server.requests).toHaveLength(5);
  });

  test('a server that is not there gets writes again, since it cannot have seen them', async () => {
    const server = await startServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const error = await failure(clientOf(server.credentials).create('pods', pod));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', sent: false });
    expect(isTransient(error)).toBe(true);
  });

  test('conflict and already-exists share a status but not a meaning', () => {
    expect(isConflict(new ApiError(409, { reason: 'Conflict' }))).toBe(true);
    expect(isConflict(new ApiError(409, { reason: 'AlreadyExists' }))).toBe(false);
  });
});

describe('deadlines', () => {
  test('end a request that is not answered', async () => {
    const { client } = await setUp(() => undefined, 50);
    expect(await failure(client.get('nodes', 'n'))).toBeInstanceOf(DeadlineError);
  });

  test('end a request whose body stops half way', async () => {
    const { client } = await setUp((_, response) => response.writeHead(200).write('{"metadata"'), 50);
    expect(await failure(client.get('nodes', 'n'))).toBeInstanceOf(DeadlineError);
  });

  test('hold for all retries together', async () => {
    const { server, client } = await setUp(
      (_, response) => refuse(response, 429, 'x', 'x', { 'retry-after': '9' }),
      50,
    );
    expect(await failure(client.create('pods', pod))).toBeInstanceOf(DeadlineError);
    expect(server.requests).toHaveLength(1);
  });

  test("the caller's signal ends a request with its own reason", async () => {
    const { client } = await setUp(() => undefined);
    const stop = new AbortController();
    const failed = failure(client.get('nodes', 'n', { signal: stop.signal }));
    stop.abort(new Error('enough'));
    expect(await failed).toMatchObject({ message: 'enough' });
  });
});

test('401 asks for fresh credentials, once', async () => {
  let generation = 1;
  const { server } = await setUp(({ headers }, response) =>
    headers.authorization === 'Bearer 2' ? answer(response, 200, pod) : refuse(response, 401, 'Unauthorized'),
  );
  const credentials: Credentials = {
    ...server.credentials,
    headers: async () => ({ authorization: `Bearer ${generation}` }),
    invalidate: (refused) => {
      if (refused['authorization'] === `Bearer ${generation}`) generation++;
    },
  };
  await clientOf(credentials).get('nodes', 'n');
  expect(generation).toBe(2);
  generation = 7;
  expect(await failure(clientOf(credentials).get('nodes', 'n'))).toMatchObject({ status: 401 });
  expect(server.requests).toHaveLength(4);
});
