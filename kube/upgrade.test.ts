import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as listener } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import type { Credentials } from './credentials.ts';
import { createOpener } from './upgrade.ts';

const { signal } = new AbortController();

async function serverThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const as = (server: string, more: Partial<Credentials> = {}): Credentials => ({
  ...{ server, tls: {}, headers: async () => ({ authorization: 'Bearer 1' }) },
  ...more,
});
const get = { method: 'GET', path: '/x?y=1', signal } as const;

it('asks as the credentials say, and gives what comes as it comes', async () => {
  const seen: IncomingMessage[] = [];
  const server = await serverThat((request, response) => {
    seen.push(request);
    response.writeHead(418, { 'x-kind': 'teapot' }).end('short');
  });
  const opened = await createOpener(as(server))({ ...get, headers: { 'x-own': '1' } });
  expect(opened).toMatchObject({ kind: 'answer', status: 418, headers: { 'x-kind': 'teapot' } });
  if (opened.kind === 'answer') expect(await text(opened.body)).toBe('short');
  expect(seen[0]).toMatchObject({ url: '/x?y=1', headers: { authorization: 'Bearer 1', 'x-own': '1' } });
});

it('asks once more with a fresh identity, if there is one', async () => {
  let token = 1;
  const asked: string[] = [];
  const server = await serverThat(({ headers: { authorization = '' } }, response) => {
    asked.push(authorization);
    response.writeHead(authorization === 'Bearer 2' ? 200 : 401).end();
  });
  const headers = async () => ({ authorization: `Bearer ${token}` });
  const stale = await createOpener(as(server, { headers, invalidate: () => undefined }))(get);
  const fresh = await createOpener(as(server, { headers, invalidate: () => void token++ }))(get);
  expect([stale, fresh]).toMatchObject([{ status: 401 }, { status: 200 }]);
  expect(asked).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 2']);
});

it('says which request got no answer, and why', async () => {
  const gone = listener();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const refused = createOpener(as(`http://127.0.0.1:${port}`))(get);
  await expect(refused).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNREFUSED' });
  await expect(refused).rejects.toThrow('GET /x?y=1: ');
});

it('waits for an answer as long as it is told to', async () => {
  const server = await serverThat(() => undefined);
  const late = createOpener(as(server))({ ...get, answerMs: 50 });
  await expect(late).rejects.toMatchObject({ name: 'ConnectionError', code: 'ETIMEDOUT' });
});

it('ends with its signal, before the answer and behind it', async () => {
  let left = 0;
  const begun: string[] = [];
  const server = await serverThat((request, response) => {
    begun.push(request.url ?? '');
    request.socket.once('close', () => left++);
    if (request.url === '/begun') response.write('begun');
  });
  for (const path of ['/silent', '/begun']) {
    const leaving = new AbortController();
    const opening = createOpener(as(server))({ ...get, path, signal: leaving.signal });
    await expect.poll(() => begun).toContain(path);
    if (path === '/begun') await opening;
    leaving.abort(new Error('left'));
    if (path === '/silent') await expect(opening).rejects.toThrow('left');
  }
  await expect.poll(() => left).toBe(2);
  await expect(createOpener(as(server))({ ...get, signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow(
    'over',
  );
});
