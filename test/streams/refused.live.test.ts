/** What is refused: paths that climb, a delegation that is over, containers that are not there, or not yet. */
import { describe } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { apartAt } from '../cluster/apart.ts';
import { type Site, test } from '../journeys/fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from '../journeys/pods.ts';
import { delegateOf, eventually, gone, proxyThat, remove, submit, succeeded } from '../journeys/steps.ts';
import { type Answer, ask, curl, identified, serverOf, websocket } from './curl.ts';
import { OLD_SPDY, SPDY, WEBSOCKETS } from './kubectls.ts';
import { begun, start, startWith, type View } from './pods.ts';

const SECRET = 'what the neighbour says';
const AT_ONCE = 10;

/** Where the virtual node of a proxy answers. */
async function kubeletOf({ site, pod }: View): Promise<string> {
  const asked = '{.status.addresses[0].address}:{.status.daemonEndpoints.kubeletEndpoint.Port}';
  return `https://${await site.kubectl(['get', 'node', pod.spec.nodeName ?? '', '-o', `jsonpath=${asked}`])}`;
}

/** As the cluster's API server asks kubelets, and from where it does. */
const askNode = (site: Site, url: string, ...more: string[]): Promise<Answer> =>
  curl([...identified(site, 'kubelet-client'), ...more, url], apartAt(site.folder).netns);

describe('a path that climbs', () => {
  test('leads nowhere, at the API server and at the virtual node', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'mine', `echo mine; ${UNTIL_TOLD}`);
    const { namespace = '' } = proxy.pod.metadata;
    // A pod of the target alone, beside the delegate.
    const neighbour = { ...elected('neighbour', '', once([shell('main', `echo ${SECRET}; ${UNTIL_TOLD}`)])) };
    neighbour.metadata.annotations = {};
    await journey.target.kubectl(['create', '-n', namespace, '-f', '-'], { input: JSON.stringify(neighbour) });
    const beside: View = { site: journey.target, pod: { ...delegate.pod, metadata: { name: 'neighbour', namespace } } };
    await eventually(
      'the neighbour talks',
      async () => String((await ask(beside, 'log')).body).includes(SECRET) || undefined,
    );

    const node = await kubeletOf(proxy);
    const straight = await askNode(journey.source, `${node}/containerLogs/${namespace}/mine/main`);
    expect([straight.status, String(straight.body)]).toEqual([200, 'mine\n']);
    const server = await serverOf(journey.source);
    const refusal: unknown = expect.toSatisfy((status: number) => status >= 400 && status < 500);
    const paths = climbing(namespace, delegate.pod.metadata.name);
    const tried = paths.flatMap((path) => ['GET', 'POST'].map((method) => ({ method, path })));
    for (let first = 0; first < tried.length; first += AT_ONCE) {
      const answers = tried.slice(first, first + AT_ONCE).map(async ({ method, path }) => {
        return { method, path, ...(await askNode(journey.source, node + path, '-X', method)) };
      });
      for (const { method, path, status, body } of await Promise.all(answers)) {
        expect({ method, path, status }).toEqual({ method, path, status: refusal });
        expect(String(body)).not.toContain(SECRET);
      }
    }
    for (const path of climbingHome(namespace)) {
      const here = await curl([...identified(journey.source, 'admin'), server + path]);
      expect([path, here.status]).toEqual([path, refusal]);
      expect(String(here.body)).not.toContain(SECRET);
    }
  });
});

/** Paths of a kubelet's API that would reach the neighbour, or the delegate by its own name, if names were taken as they come. */
function climbing(namespace: string, delegate: string): string[] {
  const ups = ['..', '%2e%2e', '%2E%2e', '.%2e', '..%2f..', '..%5c'];
  const names = [
    ...ups.map((up) => `mine/${up}/neighbour`),
    ...ups.map((up) => `${up}/${namespace}/neighbour`),
    ...[
      'neighbour',
      delegate,
      'mine%2f..%2fneighbour',
      'mine%252f..%252fneighbour',
      'mine%00',
      'mine%0aneighbour',
      '/neighbour',
    ],
    ...[
      'mine/main/../../neighbour',
      'mine//neighbour',
      'mine/..%2fneighbour/log%3f',
      'mine/main%2f..%2f..%2fneighbour',
    ],
  ];
  const rooms = ['containerLogs', 'exec', 'attach', 'portForward'];
  const pods = rooms.flatMap((room) => names.map((name) => `/${room}/${namespace}/${name}/main?command=true&output=1`));
  const query = ['neighbour', '../neighbour', '..%2fneighbour', 'main/../../neighbour'].map(
    (container) => `/containerLogs/${namespace}/mine/${container}?container=main&pod=neighbour`,
  );
  const others = ['/', '//', '/run/', '/logs/', '/logs/../etc/passwd', '/metrics', '/debug/pprof/', '/configz'];
  const dressed = [
    `/../containerLogs/${namespace}/neighbour/main`,
    `/pods/../containerLogs/${namespace}/neighbour/main`,
    `//containerLogs/${namespace}/mine/main`,
    `/CONTAINERLOGS/${namespace}/mine/main`,
    `/containerLogs/${namespace}%2fmine/main`,
    `/v1/delegates/${namespace}/log`,
    `/__proto__/${namespace}/mine/main`,
  ];
  return [...pods, ...query, ...others, ...dressed];
}

/** The same of the API server's paths. */
function climbingHome(namespace: string): string[] {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  return [
    ...['mine/../neighbour', 'mine%2f..%2fneighbour', '../pods/neighbour', '%2e%2e/pods/neighbour'].map(
      (name) => `${pods}/${name}/log`,
    ),
    ...['neighbour', '../neighbour', '..%2fneighbour', 'main%2f..%2f..%2fneighbour', 'main%00'].map(
      (container) => `${pods}/mine/log?container=${container}`,
    ),
    `${pods}/mine/log/../../neighbour/log`,
    `${pods}/mine/proxy/../../neighbour/log`,
  ];
}

describe.concurrent('refused with the reason', () => {
  test('once the delegate is gone, and once the proxy is', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy, delegate } = await begun(journey, 'ends', 'while :; do echo beat; sleep 0.1; done');
    const node = await kubeletOf(proxy);
    const { namespace = '', name } = proxy.pod.metadata;
    const url = `${node}/containerLogs/${namespace}/${name}/main`;
    const log = await start(proxy, 'logs', ['-f']);
    const exec = await start(proxy, 'exec', ['--', 'sleep', '3600']);
    await new Promise((resolve) => log.child.stdout?.once('data', resolve));
    await journey.target.kubectl([
      'delete',
      'pod',
      '-n',
      namespace,
      delegate.pod.metadata.name,
      '--force',
      '--grace-period=0',
    ]);
    // What kubectl makes of a connection that is gone, see docs/streams.md: it ends, and that is all.
    await Promise.all([log.ended, exec.ended]);
    const reason = 'cluster2 has no delegate of this pod';
    const refused = await eventually('logs are refused', async () => {
      const { status, body } = await ask(proxy, 'log');
      return status === 200 ? undefined : { status, body: String(body) };
    });
    expect(refused).toEqual({ status: 400, body: expect.stringContaining(reason) });
    // kubectl looks at the phase first, others do not.
    const entered = await (await start(proxy, 'exec', ['--', 'true'])).ended;
    expect(entered).toMatchObject({ code: 1, stderr: expect.stringMatching(`completed pod|${reason}`) });
    const upgrade = await ask(proxy, 'exec?command=true&stdout=true', ...websocket('v5.channel.k8s.io'));
    expect(String(upgrade.body)).toContain(reason);
    await remove(journey, proxy.pod);
    await gone(journey.source, proxy.pod);
    const after = await eventually('the node has heard of it', async () => {
      const answer = await askNode(journey.source, url);
      return String(answer.body).includes('is no proxy') ? answer : undefined;
    });
    expect(after.status).toBe(404);
    expect((await ask(proxy, 'log')).status).toBe(404);
  });

  test('as of the delegate, for a container that is not there, or that waits', async ({ begin, expect }) => {
    const journey = await begin();
    const initContainers = [shell('first', 'until [ -e /tmp/go ]; do sleep 0.1; done')];
    await submit(journey, elected('waits', 'cluster2', once([shell('main', 'echo said')], { initContainers })));
    const prepares = ({ status }: Pod) => status?.initContainerStatuses?.[0]?.state?.running !== undefined;
    const proxy = { site: journey.source, pod: await proxyThat(journey, 'waits', ['prepares', prepares]) };
    const delegate = { site: journey.target, pod: await delegateOf(journey, proxy.pod) };
    const same = (text: unknown) => String(text).replaceAll(delegate.pod.metadata.name, 'waits');
    for (const [verb, args, words] of [
      ['logs', [], /waiting to start: PodInitializing/],
      ['logs', ['-c', 'other'], /container other is not valid/],
      ['exec', ['-c', 'main', '--', 'true'], /container not found/],
      ['exec', ['-c', 'other', '--', 'true'], /container other is not valid/],
      ['attach', ['-c', 'main'], /container main not found/],
    ] as const) {
      for (const kubectl of [WEBSOCKETS, SPDY, OLD_SPDY]) {
        const both = await Promise.all([proxy, delegate].map((view) => startWith(kubectl, view, verb, args)));
        const [home, away] = await Promise.all(both.map(({ ended }) => ended));
        expect({ ...home, stderr: same(home?.stderr) }).toEqual({ ...away, stderr: same(away?.stderr) });
        expect([home?.code, home?.stderr]).toEqual([1, expect.stringMatching(words)]);
      }
    }
    // Past the API server of the source, which knows the names of containers.
    const straight = await askNode(
      proxy.site,
      `${await kubeletOf(proxy)}/containerLogs/${journey.namespace}/waits/other`,
    );
    expect([straight.status, same(straight.body)]).toEqual([400, 'container other is not valid for pod waits']);
    await (await start(proxy, 'exec', ['-c', 'first', '--', 'touch', '/tmp/go'])).ended;
    await proxyThat(journey, 'waits', succeeded);
  });

  test('as of any pod, for one that has no place yet', async ({ begin, expect }) => {
    const journey = await begin();
    const spec = once([shell('main', 'true', { resources: { requests: { cpu: '1000' } } })]);
    await submit(journey, elected('nowhere', 'cluster2', spec));
    await submit(journey, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, ...{ spec } });
    const views = await Promise.all(
      ['nowhere', 'plain'].map(async (name) => {
        return { site: journey.source, pod: await proxyThat(journey, name, ['is there', () => true]) };
      }),
    );
    for (const [verb, args] of [
      ['logs', []],
      ['exec', ['--', 'true']],
      ['attach', []],
      ['port-forward', ['--', ':80']],
    ] as const) {
      const [elect, plain] = await Promise.all(views.map(async (view) => (await start(view, verb, args)).ended));
      expect({ ...elect, stderr: elect?.stderr.replaceAll('nowhere', 'plain') }).toEqual(plain);
      if (verb !== 'logs') expect(elect?.code).toBe(1);
    }
  });
});
