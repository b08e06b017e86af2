import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { KubeObject } from '../../../api/index.ts';
import { createClient } from '../../../kube/client.ts';
import { credentialsFromKubeconfig } from '../../../kube/credentials.ts';
import { serviceAccountCredentials } from '../../../kube/service-account.ts';
import { microTime } from '../../../kube/time.ts';
import type { ApiClient } from '../../../kube/types.ts';
import { credentialsOf, kubeconfigOf } from '../proxy/access.ts';
import type { ProxyRequest } from '../proxy/faults.ts';
import { clientOf, failure, isWatch, soon, TRAPS, test } from './scene.ts';

const isWrite = ({ method }: ProxyRequest) => method !== 'GET';
const lease = (namespace: string, name: string) => ({ metadata: { name, namespace } });

/** Who the API server takes us for. */
async function whoAmI(client: ApiClient): Promise<string> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = JSON.parse(await client.raw('POST', path, { body })) as {
    status: { userInfo: { username: string } };
  };
  return status.userInfo.username;
}

describe(TRAPS, () => {
  test('1 connections are shared, no TLS handshake per call or per watch that ends', async ({ scene }) => {
    const { proxy, client, follow } = scene;
    for (let i = 0; i < 100; i++) await client.raw('GET', '/version');
    expect(proxy.connections).toBeLessThanOrEqual(2);
    await follow();
    for (let i = 1; i <= 5; i++) {
      await soon(
        'the next watch is open',
        () => proxy.watches.length === 1 && proxy.requests.filter(isWatch).length === i,
      );
      proxy.rule({ match: isWatch, times: 1, fault: { kind: 'cut', how: 'end' } });
    }
    expect(proxy.connections).toBeLessThanOrEqual(4);
  });

  test('1 a request that hangs delays nobody else', async ({ scene }) => {
    const { proxy, client, namespace } = scene;
    const rule = proxy.rule({ match: isWrite, times: 5, fault: { kind: 'hold' } });
    const held = Array.from({ length: 5 }, (_, i) => client.create('leases', lease(namespace, `held-${i}`)));
    for (const _ of held) await rule.seen();
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) await client.raw('GET', '/version');
    await client.create('leases', lease(namespace, 'free'));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    rule.release();
    await Promise.all(held);
  });

  test('12 429 is obeyed: again after the time that the server asks for, and not for ever', async ({ scene }) => {
    const { proxy, client, namespace, follow } = scene;
    proxy.rule({ match: isWrite, times: 1, fault: { kind: 'answer', code: 429, retryAfter: 1 } });
    await client.create('leases', lease(namespace, 'a'));
    const [first, second] = proxy.requests.filter(isWrite);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(990);
    const always = proxy.rule({ match: isWrite, fault: { kind: 'answer', code: 429 } });
    expect(await failure(client.create('leases', lease(namespace, 'b')))).toMatchObject({ status: 429 });
    expect(always.count).toBe(4);

    proxy.rule({ match: isWatch, times: 1, fault: { kind: 'answer', code: 429, retryAfter: 2 } });
    const { store } = await follow();
    expect(store.size).toBe(1);
    await soon('the watch is open', () => proxy.watches.length === 1);
    const [refused, open] = proxy.requests.filter(isWatch);
    expect((open?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(1990);
  });

  test('13 each kind of patch is what its name says', async ({ scene }) => {
    const { client, namespace } = scene;
    const secrets = (...names: string[]) => ({ secrets: names.map((name) => ({ name })) });
    await client.create('serviceaccounts', { ...lease(namespace, 'a'), ...secrets('one') } as KubeObject);
    const patch = (type: 'merge' | 'strategic' | 'json', body: unknown) =>
      client.patch('serviceaccounts', 'a', body, { type, namespace });
    // By name, in a strategic merge; lists as a whole, in a merge patch.
    expect(await patch('strategic', secrets('two'))).toMatchObject(secrets('two', 'one'));
    expect(await patch('merge', secrets('three'))).toMatchObject(secrets('three'));
    expect(await patch('json', [{ op: 'replace', path: '/secrets/0/name', value: 'four' }])).toMatchObject(
      secrets('four'),
    );
    const applied = { apiVersion: 'v1', kind: 'ServiceAccount', ...lease(namespace, 'b'), ...secrets('five') };
    const options = { type: 'apply', namespace, fieldManager: 'tests' } as const;
    expect(await client.patch('serviceaccounts', 'b', applied, options)).toMatchObject(secrets('five'));
  });

  test('14 clients of several clusters whose kubeconfigs use the same names never mix identities', async ({
    scene,
  }) => {
    const { cluster, direct, namespace } = scene;
    const clients = await Promise.all(
      ['one', 'two'].map(async (name) => {
        await direct.create('serviceaccounts', lease(namespace, name));
        const account = serviceAccountCredentials(direct, credentialsOf(cluster), { namespace, name, now: Date.now });
        const { authorization = '' } = await account.headers(AbortSignal.timeout(5000));
        const text = kubeconfigOf({ ...cluster, token: authorization.replace('Bearer ', '') }, 'same');
        return clientWith(await credentialsFromKubeconfig(text));
      }),
    );
    const said = await Promise.all(Array.from({ length: 40 }, (_, i) => i % 2).map((i) => whoAmI(at(clients, i))));
    const expected = ['one', 'two'].map((name) => `system:serviceaccount:${namespace}:${name}`);
    expect(said).toEqual(Array.from({ length: 40 }, (_, i) => expected[i % 2]));
    await Promise.all(clients.map((client) => client.close()));
  });

  test('16 a token on disk that the server no longer takes is read again at once', async ({ scene }) => {
    const { cluster, proxy } = scene;
    const file = join(tmpdir(), `berth-token-${process.pid}`);
    await writeFile(file, 'revoked');
    const text = kubeconfigOf(cluster, 'x').replace(/token: .*/, `tokenFile: ${file}`);
    const client = clientWith(await credentialsFromKubeconfig(text));
    expect(await failure(whoAmI(client))).toMatchObject({ status: 401 });
    await writeFile(file, cluster.token);
    const before = proxy.requests.length;
    const names = await Promise.all(Array.from({ length: 10 }, () => whoAmI(client)));
    expect(new Set(names)).toEqual(new Set(['system:serviceaccount:kube-system:fault-proxy']));
    expect(proxy.requests.length - before).toBeLessThanOrEqual(20);
    expect(await readFile(file, 'utf8')).toBe(cluster.token);
    await client.close();
    await rm(file);
  });

  test('16 a service account made anew gets a new token at the first refusal', async ({ scene }) => {
    const { cluster, direct, namespace } = scene;
    const renew = async () => {
      await direct.delete('serviceaccounts', 'a', { namespace }).catch(() => undefined);
      await direct.create('serviceaccounts', lease(namespace, 'a'));
    };
    await renew();
    const options = { namespace, name: 'a', now: Date.now };
    const client = clientWith(serviceAccountCredentials(direct, credentialsOf(cluster), options));
    const name = `system:serviceaccount:${namespace}:a`;
    expect(await whoAmI(client)).toBe(name);
    await renew();
    expect(await Promise.all(Array.from({ length: 5 }, () => whoAmI(client)))).toEqual(Array(5).fill(name));
    await client.close();
  });

  test('17 a socket per watch: hundreds of them leave the requests their own', async ({ scene }) => {
    const { proxy, cluster, namespace } = scene;
    const client = clientOf(cluster, { timeoutMs: 5000 });
    const stop = new AbortController();
    const { metadata } = await client.list('leases', { namespace });
    const watches = Array.from({ length: 150 }, async () => {
      const options = { namespace, resourceVersion: metadata.resourceVersion, timeoutSeconds: 60, signal: stop.signal };
      for await (const _ of client.watch('leases', options)) return;
    });
    await soon('all watches are open', () => proxy.watches.length === 150);
    await client.create('leases', lease(namespace, 'a'));
    // Every one of them is told.
    await Promise.all(watches);
    expect(proxy.connections).toBeLessThan(160);
    stop.abort();
    await client.close();
  });

  test('18 JSON is asked for, and 19 the paths of our kinds are known without asking', async ({ scene }) => {
    const { client, namespace, proxy, follow } = scene;
    await client.create('leases', lease(namespace, 'a'));
    await follow();
    expect(proxy.requests.map(({ headers }) => headers.accept)).not.toContainEqual(expect.stringContaining('protobuf'));
    expect(new Set(proxy.requests.map(({ headers }) => headers.accept))).toEqual(new Set(['application/json']));
    const isDiscovery = ({ path }: ProxyRequest) => /^\/(apis?|openapi)(\/[^/]+){0,2}$/.test(path);
    expect(proxy.requests.filter(isDiscovery)).toEqual([]);
  });

  test('21 times of Leases have the six digits without which they are refused', async ({ scene }) => {
    const { client, namespace } = scene;
    const spec = (renewTime: string) => ({ spec: { renewTime, holderIdentity: 'a' } });
    const now = Date.parse('2026-01-02T03:04:05.678Z');
    const create = (name: string, time: string) =>
      client.create('leases', { ...lease(namespace, name), ...spec(time) } as KubeObject);
    expect(await create('a', microTime(now))).toMatchObject(spec('2026-01-02T03:04:05.678000Z'));
    expect(await failure(create('b', new Date(now).toISOString()))).toMatchObject({ status: 400 });
  });
});

const clientWith = (credentials: Parameters<typeof createClient>[0]['credentials']) =>
  createClient({ cluster: 'test', component: 'tests', random: () => 0, credentials });

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}
