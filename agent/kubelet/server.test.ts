import { request } from 'node:https';
import { PassThrough, Readable } from 'node:stream';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { KubeObject, Pod } from '../../api/index.ts';
import { type Authority, createAuthority, issue } from '../../certs/issue.ts';
import { type ApiClient, ApiError, explanation, type Opened, Store } from '../../kube/index.ts';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { original, proxyOf, UID } from '../../test/builders.ts';
import type { Steps } from '../source/steps.ts';
import type { OpenDelegate } from '../streams/dial.ts';
import { type KubeletServerOptions, startKubeletServer } from './server.ts';

const now = Date.now;
const KILL = 'command=argoexec&command=kill&command=15&command=1';
const EXEC = `/exec/default/step/main?${KILL}&output=1`;
const SIGKILL = EXEC.replace('15', '9');
const UPGRADE = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
/** Told to end, then withdrawn: there is no way to pass a signal on. */
const WITHDRAWN = ['told', 'with its grace'];
const cluster = await createAuthority({ commonName: 'cluster', days: 1, now });
const stranger = await createAuthority({ commonName: 'stranger', days: 1, now });
const own = await issue(stranger, { commonName: 'kubelet', usage: 'server', days: 1, now });
const signed = await issue(cluster, {
  commonName: 'kubelet',
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
  days: 1,
  now,
});

const AWAY = proxyOf(original(), { nodeName: 'berth-away' });

interface Setting {
  allowed?: boolean;
  authority?: boolean;
  pod?: Pod;
  /** What comes of opening a stream; without it none can be. */
  stream?: (signal: AbortSignal) => Promise<Opened>;
  replaced?: Partial<KubeletServerOptions['serving']>;
}

/** A virtual node's kubelet API with one proxy, `step`, behind it. */
async function setUp({ allowed = true, authority = true, pod = AWAY, stream, replaced = {} }: Setting = {}) {
  const memory = memoryClient();
  if (authority) {
    const data = { 'client-ca-file': cluster.cert };
    const key = 'configmaps/kube-system/extension-apiserver-authentication';
    memory.objects.set(key, { metadata: { name: 'extension-apiserver-authentication' }, ...{ data } });
  }
  const reviews: object[] = [];
  const create = async (_: string, review: KubeObject & { spec?: object }) => {
    reviews.push(review.spec ?? {});
    return { ...review, status: { allowed } };
  };
  const pods = new Store<Pod>();
  pods.observe(pod);
  const ending = new AbortController();
  const ended: string[] = [];
  const asked: string[] = [];
  const common = { host: '127.0.0.1', port: 0, now, random: Math.random, log: silentLog(), signal: ending.signal };
  const home = { ...memory, create } as unknown as ApiClient;
  const openDelegate: OpenDelegate = async (target, { action }, _, signal) => {
    asked.push(`${action} in ${target}`);
    return stream === undefined ? expect.unreachable() : stream(signal);
  };
  const steps = Promise.resolve(stepsThat(ended));
  const streams = stream && { openDelegate };
  const serving = { current: () => own, onChange: () => () => undefined, ...replaced };
  const { port, stopped } = await startKubeletServer({ ...common, home, pods, serving, steps, ...streams });
  onTestFinished(() => {
    ending.abort();
    return stopped;
  });
  return { port, ended, reviews, asked };
}

/** Notes what is asked of a step, which is over when it is withdrawn. */
function stepsThat(ended: string[]): Steps {
  const isOver = () => ended.some((how) => how !== 'told');
  return {
    isActive: () => !isOver(),
    told: () => ended.push('told') === 1,
    end: async (uid, how) => void ended.push(uid === UID ? how : uid),
  };
}

interface Answer {
  code: number;
  message: string;
}

/** Asks as an API server with a certificate of this authority, until the server knows whom to trust. */
async function ask(port: number, path: string, from?: Authority, headers: Record<string, string> = {}) {
  const organizations = ['system:masters'];
  const client = from && (await issue(from, { commonName: 'apiserver', organizations, usage: 'client', days: 1, now }));
  return new Promise<Answer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, agent: false, rejectUnauthorized: false };
    const sent = request({ ...options, ...client, timeout: 10_000 }, async (answer) => {
      resolve({ code: answer.statusCode ?? 0, message: await explanation(answer) });
    });
    sent.on('upgrade', ({ statusCode: code = 0 }, socket) => {
      socket.destroy();
      resolve({ code, message: '' });
    });
    sent.on('error', reject).end();
  });
}

const told = (port: number, path = EXEC, headers?: Record<string, string>) =>
  expect.poll(() => ask(port, path, cluster, headers).then(({ code, message }) => `${code} ${message}`));

test('ends the step that an API server signals, as which it is known to the cluster', async () => {
  const { port, ended, reviews } = await setUp();
  await told(port).toMatch(/^501 the step is told to end; \[BERTH409\]/);
  expect(ended).toEqual(WITHDRAWN);
  const resourceAttributes = { verb: 'create', version: 'v1', resource: 'nodes', subresource: 'proxy' };
  expect(reviews).toEqual([
    {
      user: 'apiserver',
      groups: ['system:masters'],
      resourceAttributes: { ...resourceAttributes, name: 'berth-away' },
    },
  ]);
});

test('answers the same to one that asks for an upgrade, as API servers do', async () => {
  const { port, ended } = await setUp();
  await told(port, EXEC, UPGRADE).toMatch(/^501 the step is told to end/);
  expect(ended).toEqual(WITHDRAWN);
});

/** A stream that is open until who asked leaves it. */
function opens(): Promise<Opened> {
  const socket = new PassThrough();
  return Promise.resolve({ kind: 'upgraded', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, socket });
}

test('passes SIGTERM on, each time, and leaves the step its grace', async () => {
  const { port, ended, asked } = await setUp({ stream: opens });
  await told(port, '/x').toMatch(/^404/);
  for (const path of [EXEC, EXEC]) expect((await ask(port, path, cluster, UPGRADE)).code).toBe(101);
  expect(asked).toEqual(['exec in away', 'exec in away']);
  expect(ended).toEqual(['told', 'told']);
});

test('ends the step at SIGKILL, which is not passed on, nor is what comes then', async () => {
  const { port, ended, asked } = await setUp({ stream: opens });
  await told(port, SIGKILL, UPGRADE).toMatch(/^501 the step is told to end/);
  expect(ended).toEqual(['killed']);
  expect((await ask(port, EXEC, cluster, UPGRADE)).code).toBe(501);
  expect(asked).toEqual([]);
  expect(ended).toEqual(['killed']);
});

const silent = (signal: AbortSignal) =>
  new Promise<Opened>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const away = new ApiError(504, { message: 'the agent of away has no link to the relay' });
const refusal: Opened = {
  kind: 'answer',
  status: 500,
  headers: {},
  body: Readable.from([Buffer.from('container not found')]),
};

test.each([
  ['the target refuses', () => Promise.resolve(refusal)],
  ['the target is away', () => Promise.reject(away)],
  ['nothing is heard of it', silent],
])('withdraws the delegate if %s', async (_, stream) => {
  const { port, ended, asked } = await setUp({ stream });
  await told(port, '/x').toMatch(/^404/);
  const { code, message } = await ask(port, EXEC, cluster, UPGRADE);
  expect(`${code} ${message}`).toMatch(/^501 the step is told to end/);
  expect([asked, ended]).toEqual([['exec in away'], WITHDRAWN]);
});

test('leaves a step its grace that was told to end in one of its containers only', async () => {
  const answers = [opens, () => Promise.reject(away)];
  const { port, ended } = await setUp({ stream: () => (answers.shift() ?? opens)() });
  await told(port, '/x').toMatch(/^404/);
  expect((await ask(port, EXEC, cluster, UPGRADE)).code).toBe(101);
  expect(await ask(port, EXEC, cluster, UPGRADE)).toMatchObject({ code: 504 });
  expect(ended).toEqual(['told', 'told']);
});

test.each([
  ['another command', '/exec/default/step/main?command=sh', /^501 \[BERTH409\]/],
  ['a pod that is not there', `/exec/default/other/main?${KILL}`, /^404 default\/other/],
  ['logs', '/containerLogs/default/step/main', /^501 \[BERTH409\]/],
  ['a path that climbs', `/exec/default/..%2f..%2fstep/main?${KILL}`, /^404 /],
])('ends nothing for %s', async (_, path, answer) => {
  const { port, ended } = await setUp();
  await told(port, path).toMatch(answer);
  expect(ended).toEqual([]);
});

test.each([
  ['a pod that is no proxy', proxyOf(original(), { nodeName: 'n1', schedulerName: 'default-scheduler' })],
  ['a proxy that has no node', proxyOf(original())],
])('ends nothing for %s', async (_, pod) => {
  const { port, ended } = await setUp({ pod });
  await told(port).toMatch(/^404 /);
  expect(ended).toEqual([]);
});

test('refuses callers who may not use nodes, before it tells them what is there', async () => {
  const { port, ended } = await setUp({ allowed: false });
  await told(port).toBe('403 apiserver may not use nodes/proxy here');
  await told(port, `/exec/default/other/main?${KILL}`).toBe('403 apiserver may not use nodes/proxy here');
  expect(ended).toEqual([]);
});

test.each([
  ['without a certificate', undefined],
  ['with a certificate of another authority', stranger],
])('refuses callers %s', async (_, from) => {
  const { port, ended } = await setUp();
  // Once it trusts the cluster's authority, it could trust others by mistake.
  await told(port, '/x').toMatch(/^404/);
  for (const path of [EXEC, '/x']) expect((await ask(port, path, from)).code).toBe(401);
  expect(ended).toEqual([]);
});

test('refuses everybody in a cluster that tells no authority', async () => {
  const { port } = await setUp({ authority: false });
  expect((await ask(port, EXEC, cluster)).code).toBe(401);
});

test('serves by the new certificate as soon as there is one, and goes on to know the API servers', async () => {
  let current = own;
  let change: () => void = () => undefined;
  const onChange = (listener: () => void) => {
    change = listener;
    return () => undefined;
  };
  const { port } = await setUp({ replaced: { current: () => current, onChange } });
  await told(port, '/x').toMatch(/^404/);
  const verified = () =>
    new Promise<boolean>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: cluster.cert, rejectUnauthorized: false }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  expect(await verified()).toBe(false);
  current = signed;
  change();
  expect(await verified()).toBe(true);
  expect((await ask(port, '/x', cluster)).code).toBe(404);
});
