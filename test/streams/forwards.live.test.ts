/** Port-forward: many connections at once, and a load of HTTP. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { Client } from 'undici';
import { describe, expect } from 'vitest';
import { test } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { KUBECTLS, type Kubectl } from './kubectls.ts';
import { begun, hashOf, start, startWith, type View } from './pods.ts';

const CONNECTIONS = 20;
const BYTES = randomBytes(2_000_000);
const REQUESTS = 3000;

/** What is downloaded; it is here, too. */
const FILE = '/bin/busybox';
/** Each waits for the reader's last word: containerd cuts a connection a second after one side has ended. */
const SERVERS = {
  9000: `echo ready; head -c ${BYTES.length} | sha256sum; read -r over`,
  9001: `echo ready; read -r go; cat ${FILE}; read -r over`,
  // Speaks HTTP as long as the connection lasts, and answers with the path.
  8080: String.raw`cr=$(printf '\r'); while read -r method path rest; do
    while read -r line && [ "$line" != "$cr" ]; do :; done
    printf 'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' $(( ${'$'}{#path} )) "$path"
  done`,
};
const PORTS = Object.keys(SERVERS);
const SCRIPT = [
  ...Object.entries(SERVERS).map(([port, script]) => `cat > /tmp/${port} <<'END'\n${script}\nEND\n`),
  ...PORTS.map((port) => `nc -ll -p ${port} -e sh /tmp/${port} &\n`),
  "trap 'exit 0' TERM; wait",
].join('');
/** A connection that is refused ends kubectl. */
const LISTENING = `until [ $(netstat -ltn | grep -cE ':(${PORTS.join('|')}) ') = ${PORTS.length} ]; do sleep 0.1; done`;

interface Forward extends AsyncDisposable {
  /** Of this machine, by the pod's. */
  ports: Record<string, number>;
}

async function forward(kubectl: Kubectl, view: View): Promise<Forward> {
  const { child, ended } = await startWith(kubectl, view, 'port-forward', ['--', ...PORTS.map((port) => `:${port}`)]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk));
  const found = await eventually('the ports', async () => {
    const told = PORTS.map((port) => new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${port}`).exec(said)?.[1]);
    if (!told.every((port) => port !== undefined)) throw new Error(`kubectl says ${said}`);
    return Object.fromEntries(told.map((port, i) => [PORTS[i], Number(port)]));
  });
  const end = async () => {
    child.kill('SIGTERM');
    const { stderr } = await ended;
    if (stderr !== '') console.log(`port-forward of ${view.site.name}: ${stderr}`);
  };
  return { ports: found, [Symbol.asyncDispose]: end };
}

/** Connections that are all there before the first is used, one after the other: the queue of nc is short. */
async function connected(port: number | undefined): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = connect({ host: '127.0.0.1', port: port ?? 0 });
    expect(String(await next(socket))).toBe('ready\n');
    sockets.push(socket);
  }
  return sockets;
}

/** What comes next; rejects if nothing does. */
const next = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    socket.once('data', resolve).once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });

/** Hash of what arrived there. One way at a time: echoes that nobody reads yet stop kubectl, whose connections share one, of any pod. */
async function uploaded(socket: Socket): Promise<string> {
  const answer = next(socket);
  socket.write(BYTES);
  const [hash = ''] = String(await answer).split(' ');
  socket.end('over\n');
  return hash;
}

/** Hash of what arrived here. */
async function downloaded(socket: Socket, length: number): Promise<string> {
  const chunks: Buffer[] = [];
  const all = new Promise<void>((resolve, reject) => {
    let left = length;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      left -= chunk.length;
      if (left <= 0) resolve();
    });
    socket.once('error', reject).once('close', () => reject(new Error(`${left} bytes were left when it was closed`)));
  });
  socket.write('go\n');
  await all;
  socket.end('over\n');
  return hashOf(Buffer.concat(chunks));
}

/** Requests a second; rejects if one answer is not the right one. */
async function load(port: number | undefined, prefix: string): Promise<number> {
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(`http://127.0.0.1:${port}`));
  const get = async (client: Client, path: string) => {
    const { statusCode, body } = await client.request({ path, method: 'GET' });
    const said = await body.text();
    if (statusCode !== 200 || said !== path) throw new Error(`${path} was answered ${statusCode}: ${said}`);
  };
  try {
    for (const client of clients) await get(client, '/first');
    const before = performance.now();
    let asked = 0;
    const some = async (client: Client) => {
      while (asked < REQUESTS) await get(client, `/${prefix}/${asked++}`);
    };
    await Promise.all(clients.map(some));
    return Math.round(REQUESTS / ((performance.now() - before) / 1000));
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

describe.each(KUBECTLS)('%s', (name, kubectl) => {
  test('carries 20 connections at once, and thousands of requests', async ({ begin }) => {
    const { proxy, delegate } = await begun(await begin(), 'serves', SCRIPT);
    await (await start(delegate, 'exec', ['--', 'sh', '-c', LISTENING])).ended;
    const file = await readFile(FILE);
    const rates: number[] = [];
    for (const view of [proxy, delegate]) {
      await using forwarded = await forward(kubectl, view);
      const { ports } = forwarded;
      const sent = await Promise.all((await connected(ports['9000'])).map(uploaded));
      expect(new Set(sent)).toEqual(new Set([hashOf(BYTES)]));
      const taken = await Promise.all((await connected(ports['9001'])).map((one) => downloaded(one, file.length)));
      expect(new Set(taken)).toEqual(new Set([hashOf(file)]));
      rates.push(await load(ports['8080'], view.pod.metadata.name));
    }
    const [proxyPerSecond, delegatePerSecond] = rates;
    console.log(`HTTP by ${name}: ${JSON.stringify({ requests: REQUESTS, proxyPerSecond, delegatePerSecond })}`);
  });
});
