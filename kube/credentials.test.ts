import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from './client.ts';
import { credentialsFromKubeconfig } from './credentials.ts';
import { serviceAccountCredentials } from './service-account.ts';
import { answer, refuse, startServer } from './testing/http-server.ts';
import { ManualClock } from './testing/manual-clock.ts';

const signal = new AbortController().signal;
const pem = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig with one user, as text (JSON is YAML). */
const kubeconfig = (user: object, cluster: object = {}) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://example.test:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'ctx',
  });

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'berth-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('a kubeconfig gives', () => {
  test('certificates, inline', async () => {
    const user = { 'client-certificate-data': pem('CERT'), 'client-key-data': pem('KEY') };
    const cluster = { 'certificate-authority-data': pem('CA'), 'tls-server-name': 'other.test' };
    const { server, tls, headers } = await credentialsFromKubeconfig(kubeconfig(user, cluster));
    expect(server).toBe('https://example.test:6443');
    expect(tls).toMatchObject({ servername: 'other.test' });
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual(['CA', 'CERT', 'KEY']);
    expect(await headers(signal)).toEqual({});
  });

  test('certificates by file, beside the kubeconfig', async () => {
    const path = await folder();
    for (const name of ['ca', 'crt', 'key']) await writeFile(join(path, name), name);
    const user = { 'client-certificate': 'crt', 'client-key': 'key' };
    await writeFile(join(path, 'config'), kubeconfig(user, { 'certificate-authority': 'ca' }));
    const { tls } = await credentialsFromKubeconfig(join(path, 'config'));
    expect([tls.ca, tls.cert, tls.key].map(String)).toEqual(['ca', 'crt', 'key']);
  });

  test('tokens, basic auth, proxies and the wish not to verify', async () => {
    const cluster = { 'insecure-skip-tls-verify': true, 'proxy-url': 'http://proxy.test:3128' };
    const byToken = await credentialsFromKubeconfig(kubeconfig({ token: 'abc' }, cluster));
    expect(await byToken.headers(signal)).toEqual({ authorization: 'Bearer abc' });
    expect(byToken).toMatchObject({ tls: { rejectUnauthorized: false }, proxy: 'http://proxy.test:3128' });
    const basic = await credentialsFromKubeconfig(kubeconfig({ username: 'me', password: 'pw' }));
    expect(await basic.headers(signal)).toEqual({ authorization: `Basic ${pem('me:pw')}` });
  });

  test('token files, read again when the server refuses their token', async () => {
    const path = await folder();
    await writeFile(join(path, 'token'), 'one\n');
    await writeFile(join(path, 'config'), kubeconfig({ tokenFile: 'token' }));
    const credentials = await credentialsFromKubeconfig(join(path, 'config'), undefined, () => 0);
    const refused = await credentials.headers(signal);
    expect(refused).toEqual({ authorization: 'Bearer one' });
    await writeFile(join(path, 'token'), 'two\n');
    expect(await credentials.headers(signal)).toEqual(refused);
    credentials.invalidate?.(refused);
    expect(await credentials.headers(signal)).toEqual({ authorization: 'Bearer two' });
    await writeFile(join(path, 'token'), 'three\n');
    credentials.invalidate?.(refused);
    expect(await credentials.headers(signal)).toEqual({ authorization: 'Bearer two' });
  });

  test('what plugins say, asked again after a refusal, by many requests but once', async () => {
    const path = await folder();
    const script = `const fs = require('fs'); fs.appendFileSync('${path}/runs', 'x');
      const token = String(fs.readFileSync('${path}/runs').length);
      console.log(JSON.stringify({ status: { token } }))`;
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] };
    const credentials = await credentialsFromKubeconfig(kubeconfig({ exec }), undefined, () => 0);
    const refused = await credentials.headers(signal);
    expect(refused).toEqual({ authorization: 'Bearer 1' });
    for (let i = 0; i < 3; i++) credentials.invalidate?.(refused);
    const fresh = await Promise.all([1, 2, 3].map(() => credentials.headers(signal)));
    expect(fresh.map(({ authorization }) => authorization)).toEqual(['Bearer 2', 'Bearer 2', 'Bearer 2']);
  });

  test('an error for a context that it does not have', async () => {
    await expect(credentialsFromKubeconfig(kubeconfig({}), 'nope')).rejects.toThrow('no context "nope"');
  });
});

describe('a service account', () => {
  /** An API server that grants tokens `t1`, `t2`, … of ten minutes, or refuses. */
  async function setUp() {
    const state = { granted: 0, refusing: false };
    const server = await startServer((_, response) => {
      if (state.refusing) return refuse(response, 500, 'InternalError');
      state.granted++;
      const status = { token: `t${state.granted}` };
      return answer(response, 201, { metadata: {}, spec: { expirationSeconds: 600 }, status });
    });
    const admin = createClient({ cluster: 'c', credentials: server.credentials, component: 'tests', random: () => 0 });
    onTestFinished(async () => {
      await admin.close();
      await server[Symbol.asyncDispose]();
    });
    const clock = new ManualClock();
    const base = { ...server.credentials, tls: { ca: 'CA', cert: 'ADMIN', key: 'ADMIN' } };
    const credentials = serviceAccountCredentials(admin, base, { namespace: 'ns', name: 'agent', now: clock.now });
    const bearer = async () => (await credentials.headers(signal))['authorization'];
    return { state, server, clock, credentials, bearer };
  }

  test('has one token for many requests, and nothing of the admin', async () => {
    const { server, credentials, bearer } = await setUp();
    expect(await Promise.all([bearer(), bearer(), bearer()])).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
    expect(server.requests.map(({ path }) => path)).toEqual(['/api/v1/namespaces/ns/serviceaccounts/agent/token']);
    expect(credentials.tls).toEqual({ ca: 'CA' });
  });

  test('renews its token at 80 % of its life, and lives with the old one while that fails', async () => {
    const { state, clock, bearer } = await setUp();
    await bearer();
    state.refusing = true;
    clock.advance(480_000);
    expect(await bearer()).toBe('Bearer t1');
    clock.advance(120_000);
    await expect(bearer()).rejects.toThrow();
    state.refusing = false;
    expect(await bearer()).toBe('Bearer t2');
  });

  test('asks anew for a token that the server no longer takes', async () => {
    const { credentials, bearer } = await setUp();
    const refused = { authorization: (await bearer()) ?? '' };
    credentials.invalidate?.(refused);
    expect(await bearer()).toBe('Bearer t2');
    credentials.invalidate?.(refused);
    expect(await bearer()).toBe('Bearer t2');
  });
});
