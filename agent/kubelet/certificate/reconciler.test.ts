import { X509Certificate } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type KubeObject, SERVING_REQUEST, type ServingCertificate } from '../../../api/index.ts';
import { createAuthority, issue } from '../../../certs/issue.ts';
import type { ApiClient } from '../../../kube/index.ts';
import { ApiError, ConnectionError } from '../../../kube/index.ts';
import { ManualClock } from '../../../kube/testing/manual-clock.ts';
import { memoryClient } from '../../../kube/testing/memory-client.ts';
import { silentLog } from '../../../kube/testing/silent-log.ts';
import { startServing } from './reconciler.ts';
import type { CertificateSigningRequest } from './signing-request.ts';

const START = Date.parse('2030-01-01T00:00:00Z');
const DAY = 24 * 60 * 60_000;
const KEY = `certificatesigningrequests//${SERVING_REQUEST}`;
const clock = () => START;
const authority = await createAuthority({ commonName: 'cluster', days: 1000, now: clock });
/** Keys and their certificates of 90 days, one per request. The signer of the cluster is played. */
const pairs = await Promise.all(
  [0, 1, 2].map((n) =>
    issue(authority, { commonName: `n${n}`, usage: 'server', days: 90, now: () => START + n * 60 * DAY }),
  ),
);
const own = { cert: 'own', key: 'own' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

function setUp(whose: ServingCertificate = 'cluster', over: (home: ApiClient) => Partial<ApiClient> = () => ({})) {
  const time = new ManualClock(START);
  const memory = memoryClient();
  const log = silentLog();
  const stop = new AbortController();
  let made = 0;
  const createRequest = async () => {
    const n = made++;
    return { request: `request ${n}`, key: pairs[n]?.key ?? '' };
  };
  const home: ApiClient = { ...memory, ...over(memory) };
  const common = { home, whose, own, createRequest, log, random: () => 1, signal: stop.signal };
  const serving = startServing({ ...common, now: time.now, timers: time.timers });
  const changes: string[] = [];
  serving.onChange(() => changes.push(serving.current().cert));
  onTestFinished(async () => {
    stop.abort();
    await serving.stopped;
  });
  const request = () => memory.objects.get(KEY) as CertificateSigningRequest | undefined;
  /** As whoever approves, denies or signs. */
  const decide = (status: object) => {
    const object = request();
    if (object === undefined) throw new Error('there is no request');
    memory.objects.set(KEY, { ...object, status: { ...object.status, ...status } } as KubeObject);
  };
  const sign = (n: number) => decide({ certificate: base64(pairs[n]?.cert ?? '') });
  /** Lets time pass, in steps of `step`, until the check holds. */
  const passing = (check: () => void, step = 250) =>
    vi.waitFor(
      () => {
        time.advance(step);
        check();
      },
      { interval: 1, timeout: 4000 },
    );
  const asked = (n: number) => passing(() => expect(request()?.spec.request).toBe(base64(`request ${n}`)));
  const warned = () => log.entries.filter(({ level }) => level === 'warn').map(({ message }) => message);
  return { ...{ time, memory, serving, changes, request, decide, sign, passing, asked, warned } };
}

const condition = (type: string, message = '') => ({ conditions: [{ type, status: 'True', reason: 'R', message }] });

test('serves by its own certificate and asks nobody, if it is to', async () => {
  const { serving, memory, time } = setUp('own');
  await serving.stopped;
  time.advance(DAY);
  expect(serving.current()).toBe(own);
  expect(memory.writes).toEqual([]);
});

test('asks the signer of kubelets, and serves by what it signs', async () => {
  const { serving, request, asked, sign, passing, changes, warned } = setUp();
  await asked(0);
  expect(serving.current()).toBe(own);
  expect(request()).toMatchObject({
    kind: 'CertificateSigningRequest',
    spec: {
      signerName: 'kubernetes.io/kubelet-serving',
      expirationSeconds: 7_776_000,
      usages: ['digital signature', 'server auth'],
    },
  });
  sign(0);
  await passing(() => expect(serving.current()).toEqual(pairs[0]));
  expect(changes).toEqual([pairs[0]?.cert]);
  expect(warned()).toEqual([]);
});

test('asks anew after two thirds of the life, and serves by the old one until then', async () => {
  const { serving, asked, sign, passing, time, memory } = setUp();
  await asked(0);
  sign(0);
  await passing(() => expect(serving.current()).toEqual(pairs[0]));
  time.advance(59 * DAY);
  await passing(() => expect(time.armed).toBe(1));
  expect(memory.writes).toEqual([`create ${KEY}`]);
  time.advance(DAY);
  await asked(1);
  expect(memory.writes).toEqual([`create ${KEY}`, `delete ${KEY}`, `create ${KEY}`]);
  expect(serving.current()).toEqual(pairs[0]);
  sign(1);
  await passing(() => expect(serving.current()).toEqual(pairs[1]));
  const { validToDate } = new X509Certificate(serving.current().cert);
  expect(validToDate.getTime()).toBe(START + 150 * DAY);
});

test('approves its own request if it is to, and says nothing of others', async () => {
  const { request, memory, passing } = setUp('self-approved');
  await passing(() => expect(request()?.status?.conditions).toMatchObject([{ type: 'Approved', status: 'True' }]));
  expect(memory.writes).toEqual([`create ${KEY}`, `replace ${KEY}`]);
});

test('does not reuse a request that a process before it left, signed or not', async () => {
  const { memory, asked, serving } = setUp('self-approved', (home) => {
    const left = { metadata: { name: SERVING_REQUEST }, ...{ spec: { request: 'left' } } };
    const status = { certificate: base64(pairs[2]?.cert ?? '') };
    (home as ReturnType<typeof memoryClient>).objects.set(KEY, { ...left, ...{ status } });
    return {};
  });
  await asked(0);
  expect(memory.writes.slice(0, 2)).toEqual([`delete ${KEY}`, `create ${KEY}`]);
  expect(serving.current()).toBe(own);
});

test('never approves what another has put in the place of its request', async () => {
  const { memory, asked, request, passing, time } = setUp('self-approved', (home) => ({
    create: async (resource, object, ...more) => {
      const foreign = { ...object, spec: { ...(object as CertificateSigningRequest).spec, request: 'foreign' } };
      return home.create(resource, memory.writes.length === 0 ? foreign : object, ...more);
    },
  }));
  await passing(() => expect(request()?.spec.request).toBe('foreign'));
  for (let i = 0; i < 20; i++) await passing(() => undefined);
  expect(memory.writes).toEqual([`create ${KEY}`]);
  time.advance(60_000);
  await asked(1);
  await passing(() => expect(memory.writes.at(-1)).toBe(`replace ${KEY}`));
  expect(memory.writes).toEqual([`create ${KEY}`, `delete ${KEY}`, `create ${KEY}`, `replace ${KEY}`]);
});

test('says once what to do about a request that nobody approves', async () => {
  const { warned, passing, asked, memory } = setUp();
  await asked(0);
  await passing(() => expect(warned()).toHaveLength(1));
  expect(warned()[0]).toContain('kubectl certificate approve berth-kubelet-serving');
  for (let i = 0; i < 20; i++) await passing(() => undefined, 10_000);
  expect(warned()).toHaveLength(1);
  expect(memory.writes).toEqual([`create ${KEY}`]);
});

test('says why a request was denied, asks again an hour later, and at once when it was removed', async () => {
  const { warned, passing, asked, decide, memory, time } = setUp();
  await asked(0);
  decide(condition('Denied', 'not from here'));
  await passing(() => expect(warned()).toHaveLength(1));
  expect(warned()[0]).toContain('was denied (R: not from here); asked again in an hour');
  time.advance(50 * 60_000);
  await passing(() => undefined);
  expect(memory.writes).toEqual([`create ${KEY}`]);
  time.advance(10 * 60_000);
  await asked(1);
  decide(condition('Denied', 'not from here'));
  time.advance(60_000);
  memory.objects.delete(KEY);
  await asked(2);
  expect(warned()).toHaveLength(1);
});

test.each([
  ['a signer that fails', () => condition('Failed', 'no'), 'could not be signed (R: no)'],
  ['a certificate of another key', () => ({ certificate: base64(pairs[1]?.cert ?? '') }), 'is not for our key'],
  ['what is no certificate', () => ({ certificate: base64('x') }), 'is no certificate'],
])('says so of %s, and does not serve by it', async (_, status, text) => {
  const { warned, passing, asked, decide, serving } = setUp();
  await asked(0);
  decide(status());
  await passing(() => expect(warned()).toHaveLength(1));
  expect(warned()[0]).toContain(text);
  expect(serving.current()).toBe(own);
});

test('knows its request again if the answer to it got lost', async () => {
  const { asked, sign, serving, passing, memory } = setUp('cluster', (home) => ({
    create: async (...args) => {
      await home.create(...args);
      throw new ConnectionError('POST', 'ECONNRESET', true, undefined);
    },
  }));
  await asked(0);
  sign(0);
  await passing(() => expect(serving.current()).toEqual(pairs[0]));
  expect(memory.writes).toEqual([`create ${KEY}`]);
});

test('tries again soon where it may not ask, as right after an installation', async () => {
  let refusals = 2;
  const { asked, warned, time } = setUp('cluster', (home) => ({
    create: async (...args) => {
      if (refusals-- > 0) throw new ApiError(403, { message: 'forbidden' });
      return home.create(...args);
    },
  }));
  await asked(2);
  expect(time.now() - START).toBeLessThan(5000);
  expect(warned()).toEqual(['reconcile failed, trying again']);
});
