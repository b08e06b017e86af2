/** Logs: byte for byte those of the delegate itself, at sizes at which buffers and limits show, and with every option. */
import { describe } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { test } from '../journeys/fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from '../journeys/pods.ts';
import { delegateOf, eventually, proxyThat, running, submit, succeeded } from '../journeys/steps.ts';
import { ask, identified, podUrl } from './curl.ts';
import { begun, hashOf, launch, type Started, start, type View } from './pods.ts';

const MB = 1_000_000;
const LINE = `${'a line of the log of a step that says much, again and again '.padEnd(99, '.')}\n`;
const ALL = { code: 0, length: 100 * MB, hash: hashOf(Buffer.alloc(100 * MB, LINE)), stderr: '' };

const until = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

/** Megabytes a second, and what was told. */
async function timed(begin: () => Promise<Started>) {
  const before = performance.now();
  const told = await (await begin()).ended;
  return { told, mbPerSecond: Math.round(told.length / MB / ((performance.now() - before) / 1000)) };
}

describe('logs', () => {
  test('of 100 MB are all there, followed live, and read after the end', async ({ begin, expect }) => {
    const journey = await begin();
    const script = `${until('/tmp/go')}; yes '${LINE.trim()}' | head -c ${100 * MB}; touch /tmp/said; ${until('/tmp/end')}`;
    const { proxy, delegate } = await begun(journey, 'talks', script);
    const live = await Promise.all([
      ...[proxy, delegate].map((view) => start(view, 'logs', ['-f'])),
      launch('curl', [...identified(proxy.site, 'admin'), await podUrl(proxy, 'log?follow=true')]),
    ]);
    const inside = async (command: string) => (await start(proxy, 'exec', ['--', 'sh', '-c', command])).ended;
    const before = performance.now();
    await inside('touch /tmp/go');
    await inside(until('/tmp/said'));
    await inside('touch /tmp/end');
    for (const told of await Promise.all(live.map(({ ended }) => ended))) expect(told).toEqual(ALL);
    const followed = { readers: live.length, seconds: Math.round((performance.now() - before) / 100) / 10 };
    await proxyThat(journey, 'talks', succeeded);
    const home = await timed(() => start(proxy, 'logs', []));
    const away = await timed(() => start(delegate, 'logs', []));
    expect([home.told, away.told]).toEqual([ALL, ALL]);
    const figures = { followed, proxyMbPerSecond: home.mbPerSecond, delegateMbPerSecond: away.mbPerSecond };
    console.log(`logs of 100 MB: ${JSON.stringify(figures)}`);
  });

  test('are the same with every option, and in every combination that is refused', async ({ begin, expect }) => {
    const journey = await begin();
    const says = (name: string) => `for i in 1 2 3 4 5 6 7 8; do echo ${name} $i; echo no $i >&2; sleep 0.3; done`;
    const script = `if [ -e /data/second ]; then ${says('second')}; ${UNTIL_TOLD}; fi; touch /data/second; ${says('first')}; exit 1`;
    const main = shell('main', script, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    const containers = [main, shell('side', `${says('side')}; ${UNTIL_TOLD}`)];
    const more = { restartPolicy: 'OnFailure', volumes: [{ name: 'data', emptyDir: {} }] };
    await submit(journey, elected('opts', 'cluster2', once(containers, more)));
    const again = ({ status }: Pod) => status?.containerStatuses?.some((one) => one.restartCount === 1) === true;
    const pod = await proxyThat(journey, 'opts', ['has begun again', (pod) => again(pod) && running[1](pod)]);
    const proxy: View = { site: journey.source, pod };
    const delegate: View = { site: journey.target, pod: await delegateOf(journey, pod, running) };
    const lines = await eventually('all is said', async () => {
      const said = String((await ask(delegate, 'log?container=main&timestamps=true')).body).split('\n');
      return said.length === 17 ? said : undefined;
    });
    const since = lines[9]?.split(' ')[0];
    for (const query of queries(since ?? '')) {
      const [home, away] = await Promise.all([proxy, delegate].map((view) => ask(view, `log${query}`)));
      const named = String(away?.body).replaceAll(delegate.pod.metadata.name, pod.metadata.name);
      const there = String(home?.body).replaceAll(delegate.pod.metadata.name, pod.metadata.name);
      expect([query, home?.status, there]).toEqual([query, away?.status, named]);
    }
  });
});

/** Options and their combinations (Kubernetes API reference, Pod, read log), some of which are refused. */
function queries(since: string): string[] {
  const accepted = [
    ...['', 'timestamps=true', 'tailLines=0', 'tailLines=3', 'tailLines=1000', 'limitBytes=1', 'limitBytes=29'],
    ...[`sinceTime=${since}`, 'sinceTime=2001-01-01T00:00:00Z', 'sinceTime=2101-01-01T00:00:00Z', 'sinceSeconds=3600'],
    ...['previous=true', 'previous=true&timestamps=true', 'previous=true&tailLines=2', 'previous=true&limitBytes=9'],
    ...['follow=true&limitBytes=40', 'previous=true&follow=true', 'insecureSkipTLSVerifyBackend=true', 'pretty=true'],
    ...[`timestamps=true&sinceTime=${since}&tailLines=4&limitBytes=90`, 'stream=All', 'stream=Stdout', 'stream=Stderr'],
  ];
  const refused = [
    ...['tailLines=-1', 'limitBytes=0', 'sinceSeconds=0', 'sinceSeconds=1&sinceTime=2001-01-01T00:00:00Z'],
    ...['tailLines=x', 'sinceTime=yesterday', 'stream=Neither', 'stream=Stderr&tailLines=2'],
  ];
  return [
    ...[...accepted, ...refused].map((query) => `?container=main&${query}`),
    ...['', '?container=side', '?container=side&previous=true', '?container=other', '?container=..%2Fside'],
  ];
}
