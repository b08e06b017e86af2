/** For tests of the kubelet API of virtual nodes: a server, and who asks it. */
import { request } from 'node:https';
import { expect, onTestFinished } from 'vitest';
import type { KubeObject, Pod } from '../../api/index.ts';
import { type Authority, createAuthority, issue } from '../../certs/issue.ts';
import { type ApiClient, explanation, type Opened, Store } from '../../kube/index.ts';
import { memoryClient } from '../../kube/testing/memory-client.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import { original, proxyOf, UID } from '../../test/builders.ts';
import type { Steps } from '../source/steps.ts';
import type { OpenDelegate } from '../streams/dial.ts';
import { type KubeletServerOptions, startKubeletServer } from './server.ts';

const now = Date.now;
export const KILL = 'command=argoexec&command=kill&command=15&command=1';
export const EXEC = `/exec/default/step/main?${KILL}&output=1`;
export const UPGRADE = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
export const cluster = await createAuthority({ commonName: 'cluster', days: 1, now });
export const stranger = await createAuthority({ commonName: 'stranger', days: 1, now });
export const own = await issue(stranger, { commonName: 'kubelet', usage: 'server', days: 1, now });
export const signed = await issue(cluster, {
  commonName: 'kubelet',
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
  days: 1,
  now,
});

const AWAY = proxyOf(original(), { nodeName: 'berth-away' });

interface Setting {
  /** True, or the subresources of nodes that callers may use. */
  allowed?: boolean | string[];
  authority?: boolean;
  pod?: Pod;
  /** What comes of opening a stream; without it none can be. */
  stream?: (signal: AbortSignal) => Promise<Opened>;
  replaced?: Partial<KubeletServerOptions['serving']>;
  more?: Partial<KubeletServerOptions>;
}

type Review = KubeObject & { spec?: { token?: string; resourceAttributes?: { subresource?: string } } };

/** The cluster knows one token. */
const tokenStatus = (token: string | undefined) =>
  token === 'collector' ? { authenticated: true, user: { username: 'collector', groups: ['g'] } } : {};

/** A virtual node's kubelet API with one proxy, `step`, behind it. */
export async function setUp(setting: Setting = {}) {
  const { allowed = true, authority = true, pod = AWAY, stream, replaced, more } = setting;
  const memory = memoryClient();
  if (authority) {
    const data = { 'client-ca-file': cluster.cert };
    const key = 'configmaps/kube-system/extension-apiserver-authentication';
    memory.objects.set(key, { metadata: { name: 'extension-apiserver-authentication' }, ...{ data } });
  }
  const reviews: object[] = [];
  const create = async (resource: string, review: Review) => {
    if (resource === 'tokenreviews') return { status: tokenStatus(review.spec?.token) };
    reviews.push(review.spec ?? {});
    const { subresource = '' } = review.spec?.resourceAttributes ?? {};
    return { ...review, status: { allowed: Array.isArray(allowed) ? allowed.includes(subresource) : allowed } };
  };
  const pods = new Store<Pod>({ indexers: { uid: ({ metadata }) => [metadata.uid ?? ''] } });
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
  const server = startKubeletServer({ ...common, home, pods, serving, steps, ...streams, ...more });
  onTestFinished(() => {
    ending.abort();
    return server.stopped;
  });
  return { port: await server.portOf('away'), server, pods, ended, reviews, asked };
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
  type: string | undefined;
}

/** Asks as an API server with a certificate of this authority, until the server knows whom to trust. */
export async function ask(
  port: number,
  path: string,
  from?: Authority,
  headers: Record<string, string> = {},
  method = 'POST',
) {
  const organizations = ['system:masters'];
  const client = from && (await issue(from, { commonName: 'apiserver', organizations, usage: 'client', days: 1, now }));
  return new Promise<Answer>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false, rejectUnauthorized: false };
    const sent = request({ ...options, ...client, timeout: 10_000 }, async (answer) => {
      const { statusCode: code = 0, headers } = answer;
      resolve({ code, message: await explanation(answer), type: headers['content-type'] });
    });
    sent.on('upgrade', ({ statusCode: code = 0 }, socket) => {
      socket.destroy();
      resolve({ code, message: '', type: undefined });
    });
    sent.on('error', reject).end();
  });
}

export const told = (port: number, path = EXEC, headers?: Record<string, string>) =>
  expect.poll(() => ask(port, path, cluster, headers).then(({ code, message }) => `${code} ${message}`));
