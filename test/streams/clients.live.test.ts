/** Whoever talks to the API server: SPDY, WebSockets, terminals. */
import { PassThrough } from 'node:stream';
import { Exec, KubeConfig, Log, type V1Status } from '@kubernetes/client-node';
import { describe } from 'vitest';
import { run } from '../cluster/run.ts';
import { test } from '../journeys/fleet.ts';
import { begun, start, type View } from './pods.ts';

const SPDY_ONLY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };

function configOf({ site }: View): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(site.kubeconfig);
  return config;
}

describe.concurrent('a client', () => {
  test.for([
    ['kubectl over WebSockets', {}],
    ['kubectl over SPDY', SPDY_ONLY],
  ] as const)('%s', async ([, env], { begin, expect }) => {
    const { proxy } = await begun(await begin(), 'entered');
    const { child, ended } = await start(proxy, 'exec', ['-i', '--', 'sh', '-c', 'cat; echo err >&2; exit 3'], env);
    child.stdin?.end('bytes');
    expect(await ended).toMatchObject({ code: 3, length: 5, stderr: 'err\ncommand terminated with exit code 3\n' });
  });

  test('kubectl with a terminal of that size', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'terminal');
    const { site, pod } = proxy;
    const { name, namespace } = pod.metadata;
    const kubectl = (await start(proxy, 'version', ['--client'])).child.spawnfile;
    const inside = `stty rows 41 cols 97; ${kubectl} --kubeconfig ${site.kubeconfig} exec -it -n ${namespace} ${name} -- sh -c 'sleep 1; stty size'`;
    expect(await run('script', ['-qec', inside, '/dev/null'])).toContain('41 97');
  });

  test('client-node', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'node', 'echo a line; trap "exit 0" TERM; sleep 3600 & wait');
    const { name, namespace = '' } = proxy.pod.metadata;
    const config = configOf(proxy);
    const [out, err, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const said: string[] = [];
    for (const stream of [out, err]) stream.on('data', (chunk: Buffer) => said.push(String(chunk)));
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'read line; echo "$line"; exit 7'];
      new Exec(config).exec(namespace, name, 'main', command, out, err, input, false, resolve).catch(reject);
      input.write('from node\n');
    });
    expect(said.join('')).toBe('from node\n');
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    const log = new PassThrough();
    const first = new Promise((resolve) => log.once('data', (chunk: Buffer) => resolve(String(chunk))));
    const following = await new Log(config).log(namespace, name, 'main', log, { follow: true });
    expect(await first).toBe('a line\n');
    following.abort();
  });

  test('curl', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'curl', 'echo a line; trap "exit 0" TERM; sleep 3600 & wait');
    const { name, namespace } = proxy.pod.metadata;
    const raw = ['get', '--raw', `/api/v1/namespaces/${namespace}/pods/${name}/log?tailLines=1`];
    expect(await proxy.site.kubectl(raw)).toBe('a line\n');
  });
});
