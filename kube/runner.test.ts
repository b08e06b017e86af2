import { expect, onTestFinished, test } from 'vitest';
import type { Action, KubeObject } from '../api/index.ts';
import { createClient } from './client.ts';
import { ActionError, createRunner } from './runner.ts';
import { Store } from './store.ts';
import { answer, type Handler, refuse, startServer } from './testing/http-server.ts';
import { silentLog } from './testing/silent-log.ts';

const metadata = { namespace: 'ns', name: 'a', uid: 'u1', resourceVersion: '5' };
const pod = { metadata } as const;
const signal = new AbortController().signal;

/** A runner whose two places are one server; answers are told by `METHOD path`, in turn where there are several. */
async function setUp(answers: Record<string, [number, object][]>) {
  const handler: Handler = ({ method, path }, response) => {
    const [status, body] = answers[`${method} ${path.replace('/api/v1/namespaces/ns/', '')}`]?.shift() ?? [500, {}];
    if (status < 400) answer(response, status, body);
    else refuse(response, status, 'reason' in body ? String(body.reason) : 'Conflict');
  };
  const server = await startServer(handler);
  const { credentials } = server;
  const client = createClient({ cluster: 'test', credentials, component: 'tests', random: () => 0 });
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const store = new Store<KubeObject>();
  const run = createRunner({ home: client, hub: client, stores: { home: { pods: store } }, log: silentLog() });
  const requests = () =>
    server.requests.map(({ method, path }) => `${method} ${path.replace('/api/v1/namespaces/ns/', '')}`);
  return { server, store, run: (...actions: Action[]) => run(actions, signal), requests };
}

const create: Action = { do: 'create', at: 'home', resource: 'pods', object: pod };
const adopt: Action = { ...create, adoptIf: { annotation: 'owner', value: 'me' } };
const patch: Action = {
  do: 'patch',
  at: 'home',
  resource: 'pods',
  namespace: 'ns',
  name: 'a',
  type: 'merge',
  body: {},
};
const remove: Action = { do: 'delete', at: 'home', resource: 'pods', namespace: 'ns', name: 'a', uid: 'u1' };
const where = { uid: 'u1', node: 'n1', annotations: { at: 'n1' } };
const bind: Action = { do: 'bind', at: 'home', namespace: 'ns', name: 'a', ...where };

const exists = { reason: 'AlreadyExists' };

test('actions run in order, and their results are known before the next plan', async () => {
  const patched = { metadata: { ...metadata, resourceVersion: '7' } };
  const { store, run, requests } = await setUp({ 'POST pods': [[201, pod]], 'PATCH pods/a': [[200, patched]] });
  await run(create, patch);
  expect(requests()).toEqual(['POST pods', 'PATCH pods/a']);
  expect(store.get('ns/a')?.metadata.resourceVersion).toBe('7');
});

test('actions take effect also where no store mirrors the kind', async () => {
  const { run, requests } = await setUp({
    'POST pods': [[201, pod]],
    'PATCH pods/a': [[200, pod]],
    'DELETE pods/a': [[200, pod]],
  });
  await run({ ...create, at: 'hub' }, { ...patch, at: 'hub' }, { ...remove, at: 'hub' });
  expect(requests()).toEqual(['POST pods', 'PATCH pods/a', 'DELETE pods/a']);
});

test('the first failure ends the run and says which action and why', async () => {
  const { run, requests, store } = await setUp({ 'POST pods': [[201, pod]], 'PATCH pods/a': [[409, {}]] });
  const error = await run(create, patch, remove).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(ActionError);
  expect(error).toMatchObject({ index: 1, action: patch, cause: { status: 409 } });
  expect(requests()).toEqual(['POST pods', 'PATCH pods/a']);
  expect(store.get('ns/a')).toBeDefined();
});

test.each([
  ['its own from a run before', adopt, { owner: 'me' }, true],
  ["somebody else's", adopt, { owner: 'you' }, false],
  ['unmarked', adopt, undefined, false],
  ['there and nothing was said about that', create, { owner: 'me' }, false],
])('a create that finds an object %s', async (_, action, annotations, succeeds) => {
  const existing = { metadata: { ...metadata, annotations } };
  const { run, store } = await setUp({ 'POST pods': [[409, exists]], 'GET pods/a': [[200, existing]] });
  const done = run(action).then(
    () => true,
    (error: ActionError) => error.cause instanceof Error && false,
  );
  expect(await done).toBe(succeeds);
  expect(store.get('ns/a') !== undefined).toBe(succeeds);
});

test('an object that is gone is deleted, and no late event brings it back', async () => {
  const { run, store } = await setUp({ 'DELETE pods/a': [[404, { reason: 'NotFound' }]] });
  store.observe(structuredClone(pod));
  await run(remove);
  store.observe({ metadata: { ...metadata, resourceVersion: '6' } });
  expect(store.size).toBe(0);
});

test('an object that ends slowly stays, marked as being deleted', async () => {
  const ending = { ...metadata, resourceVersion: '6', deletionTimestamp: 'now', deletionGracePeriodSeconds: 30 };
  const { run, store, server } = await setUp({ 'DELETE pods/a': [[200, { metadata: ending }]] });
  store.observe(structuredClone(pod));
  await run({ ...remove, gracePeriodSeconds: 30, resourceVersion: '5' });
  expect(store.get('ns/a')?.metadata.deletionTimestamp).toBe('now');
  expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
    gracePeriodSeconds: 30,
    preconditions: { uid: 'u1', resourceVersion: '5' },
  });
});

test.each([
  ['another object has the name', 'u2', true],
  ['the object is in another version', 'u1', false],
])('a delete whose precondition fails because %s', async (_, uid, succeeds) => {
  const found = { metadata: { ...metadata, uid } };
  const { run } = await setUp({ 'DELETE pods/a': [[409, {}]], 'GET pods/a': [[200, found]] });
  expect(
    await run(remove).then(
      () => true,
      () => false,
    ),
  ).toBe(succeeds);
});

test.each([
  ['u1', 'n1', true],
  ['u1', 'n2', false],
  ['u2', 'n1', false],
])('a bind of a pod that is bound already (%s on %s)', async (uid, nodeName, succeeds) => {
  const bound = { metadata: { ...metadata, uid }, spec: { nodeName } };
  const { run, store } = await setUp({ 'POST pods/a/binding': [[409, {}]], 'GET pods/a': [[200, bound]] });
  expect(
    await run(bind).then(
      () => true,
      () => false,
    ),
  ).toBe(succeeds);
  expect(store.size).toBe(succeeds ? 1 : 0);
});

test('a bind names the pod by UID, and says more of it', async () => {
  const { run, server } = await setUp({ 'POST pods/a/binding': [[201, { kind: 'Status' }]] });
  await run(bind);
  expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
    ...{ metadata: { uid: 'u1', annotations: { at: 'n1' } }, target: { name: 'n1' } },
  });
});

test('what is there serves as well, if the plan says so', async () => {
  const { run, requests } = await setUp({
    'POST pods': [
      [409, exists],
      [409, {}],
      [403, {}],
    ],
  });
  const unlessThere: Action = { ...create, unlessThere: true };
  await run(unlessThere);
  expect(requests()).toEqual(['POST pods']);
  await expect(run(unlessThere)).rejects.toMatchObject({ cause: { status: 409 } });
  await expect(run(unlessThere)).rejects.toMatchObject({ cause: { status: 403 } });
});

test('an apply takes fields over in our name', async () => {
  const path = 'PATCH pods/a?fieldManager=berth-agent&force=true';
  const { run, server } = await setUp({ [path]: [[200, pod]], 'PATCH pods/a': [[200, pod]] });
  await run({ ...patch, type: 'apply' });
  expect(server.requests[0]).toMatchObject({ headers: { 'content-type': 'application/apply-patch+yaml' } });
});
