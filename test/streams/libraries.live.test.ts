/** What else talks to API servers: client-node, and curl, which speaks WebSockets without knowing Kubernetes. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Attach, Cp, Exec, KubeConfig, Log, PortForward, type V1Status } from '@kubernetes/client-node';
import { describe } from 'vitest';
import { test } from '../journeys/fleet.ts';
import { UNTIL_TOLD } from '../journeys/pods.ts';
import { eventually } from '../journeys/steps.ts';
import { ask, framesIn, websocket } from './curl.ts';
import { begun, hashOf, start, type View } from './pods.ts';

const BYTES = randomBytes(1_000_000);
const ECHO = 9000;
const SCRIPT = `echo a line; nc -ll -p ${ECHO} -e cat & while :; do echo beat; sleep 0.5; done`;

/** Where a library writes to, and what it has written. */
function sink(): { stream: PassThrough; bytes: () => Buffer; text: () => string } {
  const stream = new PassThrough();
  // A log that is left: what it was written to is told, too.
  stream.on('error', () => undefined);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const bytes = () => Buffer.concat(chunks);
  return { stream, bytes, text: () => String(bytes()) };
}

function configOf({ site, pod }: View): { config: KubeConfig; namespace: string; name: string } {
  const config = new KubeConfig();
  config.loadFromFile(site.kubeconfig);
  return { config, namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
}

const all = (what: string, isSo: () => boolean) => eventually(what, async () => isSo() || undefined);

describe.concurrent('client-node', () => {
  test('execs, follows and attaches', async ({ begin, expect }) => {
    const { config, namespace, name } = configOf((await begun(await begin(), 'node', SCRIPT)).proxy);
    const [out, err, input] = [sink(), sink(), new PassThrough()];
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'head -c 1000000; echo no >&2; exit 7'];
      const exec = new Exec(config);
      exec.exec(namespace, name, 'main', command, out.stream, err.stream, input, false, resolve).catch(reject);
      input.write(BYTES);
    });
    expect([hashOf(out.bytes()), err.text()]).toEqual([hashOf(BYTES), 'no\n']);
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toEqual([{ reason: 'ExitCode', message: '7' }]);

    const log = sink();
    await new Log(config).log(namespace, name, 'main', log.stream, { follow: true });
    await all('the log', () => log.text().startsWith('a line\nbeat\n'));
    // By the AbortController that it returned, client-node 2.0.1 would throw where nobody catches.
    log.stream.destroy();

    const attached = sink();
    const socket = await new Attach(config).attach(namespace, name, 'main', attached.stream, null, null, false);
    await all('what is said now', () => attached.text().includes('beat\nbeat\n'));
    socket.close();
  });

  test('forwards a port', async ({ begin, expect }) => {
    const { config, namespace, name } = configOf((await begun(await begin(), 'node', SCRIPT)).proxy);
    const [out, err, input] = [sink(), sink(), new PassThrough()];
    await new PortForward(config).portForward(namespace, name, [ECHO], out.stream, err.stream, input);
    input.write(BYTES);
    await all('all of it', () => out.bytes().length >= BYTES.length);
    expect([hashOf(out.bytes()), err.text()]).toEqual([hashOf(BYTES), '']);
    input.end();
  });

  test('copies there and back', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'node', SCRIPT);
    const { config, namespace, name } = configOf(proxy);
    const folder = await mkdtemp(join(tmpdir(), 'berth-node-'));
    try {
      await writeFile(join(folder, 'file'), BYTES);
      // It resolves when it has begun.
      await new Cp(config).cpToPod(namespace, name, 'main', folder, '/tmp');
      const arrived = `until [ "$(wc -c < /tmp/file)" = ${BYTES.length} ]; do sleep 0.1; done`;
      expect(await (await start(proxy, 'exec', ['--', 'sh', '-c', arrived])).ended).toMatchObject({ code: 0 });
      await new Cp(config).cpFromPod(namespace, name, 'main', 'file', join(folder, 'back'), '/tmp');
      await eventually('the same comes back', async () => {
        const back = await readFile(join(folder, 'back', 'file'));
        return hashOf(back) === hashOf(BYTES) || undefined;
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.concurrent('curl', () => {
  test('follows a log', async ({ begin, expect }) => {
    const { proxy } = await begun(await begin(), 'curl', `for i in 1 2 3 4; do echo $i; sleep 1; done`);
    expect(String((await ask(proxy, 'log?follow=true')).body)).toBe('1\n2\n3\n4\n');
  });

  test('reads a log over a WebSocket', async ({ begin, expect }) => {
    const { proxy, delegate } = await begun(await begin(), 'curl', `echo a line; echo another; ${UNTIL_TOLD}`);
    for (const view of [proxy, delegate]) {
      const { status, body } = await ask(view, 'log', ...websocket('binary.k8s.io'));
      expect([status, String(Buffer.concat(framesIn(body)))]).toEqual([101, 'a line\nanother\n']);
    }
  });

  test.for(['v4.channel.k8s.io', 'v5.channel.k8s.io'])(
    'execs over a WebSocket, %s',
    async (protocol, { begin, expect }) => {
      const { proxy, delegate } = await begun(await begin(), 'curl');
      const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
      for (const word of ['sh', '-c', 'head -c 300000 /dev/zero; echo no >&2; exit 9']) query.append('command', word);
      for (const view of [proxy, delegate]) {
        const { status, body } = await ask(view, `exec?${query}`, ...websocket(protocol));
        const [, out, err, end] = channels(framesIn(body));
        expect([status, hashOf(out), String(err)]).toEqual([101, hashOf(Buffer.alloc(300_000)), 'no\n']);
        expect(JSON.parse(String(end))).toMatchObject({ details: { causes: [{ reason: 'ExitCode', message: '9' }] } });
      }
    },
  );
});

/** Bytes of standard input, output and error, and the status (k8s.io/apiserver, `pkg/util/wsstream/conn.go`). */
function channels(frames: readonly Buffer[]): [Buffer, Buffer, Buffer, Buffer] {
  const of = (channel: number) =>
    Buffer.concat(frames.filter(([first]) => first === channel).map((frame) => frame.subarray(1)));
  return [of(0), of(1), of(2), of(3)];
}
