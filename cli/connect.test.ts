import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createAuthority, issue } from '../certs/issue.ts';
import { connect } from './connect.ts';

const now = Date.now;
const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
const [authority, stranger] = await Promise.all([
  createAuthority({ commonName: 'one', days: 1, now }),
  createAuthority({ commonName: 'other', days: 1, now }),
]);
const tls = await issue(authority, { commonName: 'x', ipAddresses: ['127.0.0.1'], usage: 'server', days: 1, now });
const status = (response: ServerResponse, code: number, reason: string) =>
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ code, reason, message: reason }));
/** Knows one token; another user it knows too, but lets do nothing. */
const server = createServer(tls, ({ headers: { authorization } }, response) => {
  if (authorization === 'Bearer good') response.end('{"gitVersion":"v1.34.4"}');
  else if (authorization === 'Bearer weak') status(response, 403, 'Forbidden');
  else status(response, 401, 'Unauthorized');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const config = (o: { ca?: string; token?: string; port?: number; context?: string }) =>
  JSON.stringify({
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://127.0.0.1:${o.port ?? port}`,
          'certificate-authority-data': Buffer.from(o.ca ?? authority.cert).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user: { token: o.token ?? 'good' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': o.context ?? 'c',
  });

async function file(text: string): Promise<string> {
  const path = join(folder, 'kubeconfig');
  await writeFile(path, text);
  return path;
}

it('connects with a kubeconfig that works', async () => {
  const { client } = await connect('a', await file(config({})));
  await client.close();
});

it.each([
  ['is no YAML', 'a: [', 'KubeconfigUnusable', 'kubeconfig: '],
  ['is empty', '', 'KubeconfigUnusable', 'kubeconfig: '],
  ['has no such context', config({ context: 'other' }), 'KubeconfigUnusable', 'has no context "other"'],
  ['trusts another authority', config({ ca: stranger.cert }), 'ApiServerUnreachable', 'certificate'],
  ['has a token that has expired', config({ token: 'old' }), 'PermissionDenied', 'Unauthorized'],
  ['has rights to nothing', config({ token: 'weak' }), 'PermissionDenied', 'Forbidden'],
  ['leads to nobody', config({ port: 1 }), 'ApiServerUnreachable', 'ECONNREFUSED'],
])('says what is wrong with a kubeconfig that %s', async (_, text, reason, message) => {
  const error = connect('a', await file(text));
  await expect(error).rejects.toThrow(message);
  await expect(error).rejects.toMatchObject({ name: 'UserError', reason });
  await expect(error).rejects.toThrow(/^a: /);
});

it('names a file that is not there', async () => {
  const error = connect('a', join(folder, 'nowhere'));
  await expect(error).rejects.toMatchObject({ reason: 'KubeconfigUnusable' });
  await expect(error).rejects.toThrow(/^a: .*nowhere: ENOENT/);
});
