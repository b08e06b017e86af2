/** Who is told what proxies use, and what. */
import { expect, test } from 'vitest';
import type { Authority } from '../../../certs/issue.ts';
import { ApiError } from '../../../kube/index.ts';
import { silentLog } from '../../../kube/testing/silent-log.ts';
import { original, proxyOf, UID } from '../../../test/builders.ts';
import type { UsageReport } from '../../streams/usage/report.ts';
import { ask, cluster, EXEC, setUp, stranger } from '../server.samples.ts';
import { createUsage, type UsageOn, type UsageOptions } from './gather.ts';

const PATHS = ['/stats/summary', '/metrics/resource', '/pods', '/pods/'] as const;
const TOKEN = { authorization: 'Bearer collector' };
const AT = Date.parse('2026-01-02T03:04:05Z');
const report: UsageReport = {
  known: true,
  pods: [{ uid: UID, at: AT, containers: [{ name: 'main', cores: 0.1, bytes: 1000 }] }],
};

const get = (port: number, path: string, headers: Record<string, string> = TOKEN, from?: Authority) =>
  ask(port, path, from, headers, 'GET');

/** Usage of the virtual node `berth-away` of `setUp`, told by `askUsage`. */
async function usageOf(askUsage: UsageOptions['askUsage'], now = () => 0) {
  const { pods } = await setUp();
  const log = silentLog();
  const on = createUsage({ pods, askUsage, now, signal: new AbortController().signal, log });
  return { on, log, pods };
}

test.each(PATHS)('tells a collector by its token, and an API server by its certificate: %s', async (path) => {
  const { port, reviews } = await setUp();
  expect((await get(port, path)).code).toBe(200);
  await expect.poll(async () => (await get(port, path, {}, cluster)).code).toBe(200);
  expect(reviews[0]).toMatchObject({ user: 'collector', groups: ['g'] });
  expect(reviews.at(-1)).toMatchObject({ user: 'apiserver', groups: ['system:masters'] });
});

test.each([
  ['/stats/summary', ['stats']],
  ['/stats/summary?only_cpu_and_memory=true', ['stats']],
  ['/metrics/resource', ['metrics']],
  ['/pods', ['pods', 'proxy']],
])('asks for %s whether the caller may: nodes/%j', async (path, subresources) => {
  const all = ['stats', 'metrics', 'pods', 'proxy', 'log'];
  const { port, reviews } = await setUp({ allowed: all.filter((one) => !subresources.includes(one)) });
  expect(await get(port, path)).toMatchObject({
    code: 403,
    message: `collector may not use nodes/${subresources.join(' or nodes/')} here`,
  });
  const asked = { verb: 'get', version: 'v1', resource: 'nodes', name: 'berth-away' };
  expect(reviews.map((review) => (review as { resourceAttributes: object }).resourceAttributes)).toEqual(
    subresources.map((subresource) => ({ ...asked, subresource })),
  );
  for (const subresource of subresources) {
    const { port: open } = await setUp({ allowed: [subresource] });
    expect((await get(open, path)).code).toBe(200);
  }
});

test.each<[string, Record<string, string>, Authority | undefined]>([
  ['nothing', {}, undefined],
  ['a token that the cluster does not know', { authorization: 'Bearer x' }, undefined],
  ['a certificate of another authority', {}, stranger],
])('refuses who shows %s', async (_, headers, from) => {
  const { port, reviews } = await setUp();
  for (const path of PATHS) expect((await get(port, path, headers, from)).code).toBe(401);
  expect(reviews).toEqual([]);
});

test.each([
  ...['/', '/stats', '/stats/summary/', '/stats/../pods', '//pods', '/pods/default', '/metrics', '/Pods', '/x?/pods'],
  ...['/stats%2fsummary', '/constructor', EXEC, '/containerLogs/default/step/main'],
])('opens nothing else by a token: %s', async (path) => {
  const { port, ended } = await setUp();
  expect((await get(port, path)).code).toBe(401);
  expect(ended).toEqual([]);
});

test('can only be read', async () => {
  const { port } = await setUp();
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await ask(port, '/pods', undefined, TOKEN, method)).code).toBe(405);
});

test('lists the proxies of this node only', async () => {
  const { port, pods } = await setUp();
  const pod = proxyOf(original(), { nodeName: 'berth-other' });
  pods.observe({ ...pod, metadata: { ...pod.metadata, name: 'elsewhere', uid: 'elsewhere' } });
  const list = JSON.parse((await get(port, '/pods')).message) as { kind: string; items: { metadata: object }[] };
  expect(list.kind).toBe('PodList');
  expect(list.items.map(({ metadata }) => metadata)).toMatchObject([{ name: 'step' }]);
});

test('says of each node what its own target told', async () => {
  const asked: string[] = [];
  const { on, pods } = await usageOf(async (target) => {
    asked.push(target);
    return report;
  });
  const { port, server } = await setUp({ more: { usageOn: on, pods } });
  const own = (await get(port, '/metrics/resource')).message;
  expect(own).toContain(
    `container_memory_working_set_bytes{container="main",namespace="default",pod="step"} 1000 ${AT}`,
  );
  expect((await get(await server.portOf('other'), '/metrics/resource')).message).not.toContain('pod="step"');
  expect(asked).toEqual(['away', 'other']);
  const summary = JSON.parse((await get(port, '/stats/summary')).message) as { pods: object[] };
  expect(summary.pods).toMatchObject([{ podRef: { name: 'step', uid: UID }, cpu: { usageNanoCores: 100_000_000 } }]);
});

test('tells that the target cannot be asked', async () => {
  const usageOn: UsageOn = () => Promise.reject(new ApiError(503, { message: 'no link' }));
  const { port } = await setUp({ more: { usageOn } });
  const { code, message } = await get(port, '/metrics/resource');
  expect(code).toBe(200);
  expect(message).toMatch(/^scrape_error 1$/m);
  expect(await get(port, '/stats/summary')).toMatchObject({ code: 503, message: 'cluster away: no link' });
  expect((await get(port, '/pods')).code).toBe(200);
});

test('asks a target once for all who ask at the same time, and not again within seconds', async () => {
  let [asked, now] = [0, 0];
  const { on } = await usageOf(
    async () => {
      asked += 1;
      return report;
    },
    () => now,
  );
  await Promise.all([on('away'), on('away')]);
  now = 4_999;
  await on('away');
  expect(asked).toBe(1);
  now = 5_000;
  await on('away');
  expect(asked).toBe(2);
});

test('says once why nothing is known, and again after it was', async () => {
  const answers: (UsageReport | Error)[] = [{ known: false }, { known: false }, report, { known: false }];
  answers.push(new Error('away'), new Error('away'));
  let now = 0;
  const { on, log } = await usageOf(
    async () => {
      const next = answers.shift() ?? report;
      if (next instanceof Error) throw next;
      return next;
    },
    () => now,
  );
  while (answers.length > 0) {
    await on('away').catch(() => undefined);
    now += 10_000;
  }
  const said = log.entries.map((entry) => JSON.stringify(entry));
  expect(said.filter((line) => line.includes('metrics.k8s.io'))).toHaveLength(2);
  expect(said.filter((line) => line.includes('is not known: away'))).toHaveLength(1);
});

test('tells no figures while none are known, and counts on afterwards', async () => {
  const later = { known: true, pods: report.pods.map((pod) => ({ ...pod, at: AT + 60_000 })) } as const;
  const answers: UsageReport[] = [report, { known: false }, later];
  let now = 0;
  const { on } = await usageOf(
    async () => answers.shift() ?? report,
    () => now,
  );
  const next = async () => {
    now += 10_000;
    return on('away');
  };
  expect((await next()).node).toMatchObject({ cores: 0.1 });
  const { pods, node } = await next();
  expect([pods, node]).toEqual([[], undefined]);
  expect((await next()).pods).toMatchObject([{ containers: [{ since: AT, seconds: 6 }] }]);
});
