import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe } from 'vitest';
import type { Pod } from '../../api/index.ts';
import { type Journey, test } from './fleet.ts';
import { elected, once, shell, UNTIL_TOLD } from './pods.ts';
import { delegateOf, eventually, proxyThat, running, submit, succeeded } from './steps.ts';
import { watched } from './streams.ts';

/** A pod that runs in the target, and its delegate. */
async function begun(journey: Journey, name: string, script = UNTIL_TOLD, more: object = {}) {
  await submit(journey, elected(name, 'cluster2', once([shell('main', script)], more)));
  const proxy = await proxyThat(journey, name, running);
  return { proxy, delegate: await delegateOf(journey, proxy, running) };
}

const at = ({ metadata }: Pod): [string, string, string] => ['-n', metadata.namespace ?? '', metadata.name];

/** What a kubectl command says of the proxy at home, and of the delegate where it runs. */
const both = (
  journey: Journey,
  { proxy, delegate }: { proxy: Pod; delegate: Pod },
  command: string,
  ...more: string[]
) =>
  Promise.all(
    [[journey.source, proxy] as const, [journey.target, delegate] as const].map(([site, pod]) =>
      site.kubectl([command, ...at(pod), ...more]),
    ),
  );

describe.concurrent('kubectl logs', () => {
  const COUNT =
    'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.3; done; echo end >&2; until [ -e /tmp/end ]; do sleep 0.1; done';

  test('shows the same as of the delegate, with every option, also after its end', async ({ begin, expect }) => {
    const journey = await begin();
    const pods = await begun(journey, 'counts', COUNT);
    const following = journey.source.kubectl(['logs', '-f', ...at(pods.proxy)], { timeout: 60_000 });
    await eventually('the last line', async () => {
      const told = await journey.source.kubectl(['logs', ...at(pods.proxy)]);
      return told.endsWith('end\n') || undefined;
    });
    await journey.source.kubectl(['exec', ...at(pods.proxy), '--', 'touch', '/tmp/end']);
    expect(await following).toBe(`${[1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i}\n`).join('')}end\n`);
    await proxyThat(journey, 'counts', succeeded);
    const since = (await journey.source.kubectl(['logs', '--timestamps', '--tail=3', ...at(pods.proxy)])).split(' ')[0];
    for (const options of [
      [],
      ['--timestamps'],
      ['--tail=3'],
      ['--tail=0'],
      ['--limit-bytes=17'],
      [`--since-time=${since}`],
      ['--since=1h'],
      ['-c', 'main', '--prefix'],
      ['--all-containers'],
      ['-f'],
    ]) {
      const [home, away] = await both(journey, pods, 'logs', ...options);
      const named = away?.replaceAll(pods.delegate.metadata.name, pods.proxy.metadata.name);
      expect([options, home]).toEqual([options, named]);
    }
    const refused = [journey.source, journey.target].map((site, i) => {
      const pod = i === 0 ? pods.proxy : pods.delegate;
      return site.kubectl(['logs', '--previous', ...at(pod)]).catch(String);
    });
    for (const said of await Promise.all(refused))
      expect(said).toContain(
        `(BadRequest): previous terminated container "main" in pod "${pods.delegate.metadata.name}" not found`,
      );
  });

  test('--previous shows the container before the last', async ({ begin, expect }) => {
    const journey = await begin();
    const script =
      '[ -e /data/second ] && { echo second; trap "exit 0" TERM; sleep 3600 & wait; }; touch /data/second; echo first; exit 1';
    const container = shell('main', script, { volumeMounts: [{ name: 'data', mountPath: '/data' }] });
    const more = { restartPolicy: 'OnFailure', volumes: [{ name: 'data', emptyDir: {} }] };
    await submit(journey, elected('again', 'cluster2', once([container], more)));
    const restarted = ({ status }: Pod) =>
      status?.containerStatuses?.some(({ restartCount }) => restartCount === 1) === true;
    const proxy = await proxyThat(journey, 'again', ['has begun again', (pod) => restarted(pod) && running[1](pod)]);
    const lines = await eventually('both containers', async () => {
      const [now, before] = await Promise.all([
        journey.source.kubectl(['logs', ...at(proxy)]),
        journey.source.kubectl(['logs', '--previous', ...at(proxy)]),
      ]);
      return now === '' ? undefined : [now, before];
    });
    expect(lines).toEqual(['second\n', 'first\n']);
  });
});

describe.concurrent('kubectl exec', () => {
  test('carries bytes both ways, errors apart, and the exit code', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'entered');
    const exec = (args: string[], input?: string) =>
      journey.source.kubectl(['exec', '-i', ...at(proxy), '--', ...args], { input: input ?? '' });
    const bytes = 'berth 0123456789\n'.repeat(120_000);
    expect((await exec(['cat'], bytes)).length).toBe(bytes.length);
    expect(await exec(['sh', '-c', 'echo "$1|$2"; echo no >&2', 'x', 'a b&c=d', '#%/ü'])).toBe('a b&c=d|#%/ü\n');
    for (const code of [1, 42, 255]) {
      const said = await exec(['sh', '-c', `echo why >&2; exit ${code}`]).catch(String);
      expect(said).toContain(`command terminated with exit code ${code}`);
      expect(said).toContain('why');
    }
    expect(await exec(['nothing-of-this-name']).catch(String)).toContain('executable file not found');
  });

  test('is told no for a container that is not there', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'single');
    const said = await journey.source.kubectl(['exec', ...at(proxy), '-c', 'other', '--', 'true']).catch(String);
    expect(said).toMatch(/container (other )?(is )?not (valid|found)/);
  });
});

describe.concurrent('a running proxy', () => {
  test('can be attached to', async ({ begin, expect }) => {
    const journey = await begin();
    const container = shell('main', 'read line; echo "heard $line"; sleep 1', { stdin: true, stdinOnce: true });
    await submit(journey, elected('attached', 'cluster2', once([container])));
    const proxy = await proxyThat(journey, 'attached', running);
    const heard = await journey.source.kubectl(['attach', '-i', ...at(proxy)], { input: 'hello\n' });
    expect(heard).toContain('heard hello');
    await proxyThat(journey, 'attached', succeeded);
  });

  test('takes files and gives them back', async ({ begin, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'copied');
    const { namespace = '', name } = proxy.metadata;
    const [there, back] = [`${journey.source.folder}/there-${namespace}`, `${journey.source.folder}/back-${namespace}`];
    const { readFile, rm, writeFile } = await import('node:fs/promises');
    try {
      await writeFile(there, 'berth '.repeat(500_000));
      await journey.source.kubectl(['cp', there, `${namespace}/${name}:/tmp/file`]);
      await journey.source.kubectl(['cp', `${namespace}/${name}:/tmp/file`, back]);
      expect((await readFile(back)).equals(await readFile(there))).toBe(true);
    } finally {
      await Promise.all([there, back].map((path) => rm(path, { force: true })));
    }
  });

  test('is reached by port-forward, on many connections', async ({ begin, expect }) => {
    const journey = await begin();
    const serve =
      'mkdir /www; for i in 1 2 3 4 5 6 7 8 9; do echo "page of $i"; done > /www/index.html; httpd -f -p 8080 -h /www & wait';
    const { proxy } = await begun(journey, 'serves', serve);
    await using forward = await watched(
      journey.source,
      ['port-forward', ...at(proxy), ':8080'],
      /127\.0\.0\.1:(\d+) ->/,
    );
    const port = Number(forward.found[1]);
    const get = async (): Promise<string> => {
      const answer = await new Promise<Parameters<typeof text>[0]>((resolve, reject) => {
        request({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject).end();
      });
      return text(answer);
    };
    const pages = await Promise.all(Array.from({ length: 20 }, get));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain('page of 9');
  });
});
