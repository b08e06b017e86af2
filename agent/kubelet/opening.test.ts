import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ApiError, type Opened } from '../../kube/index.ts';
import { ask, cluster, setUp, told, UPGRADE } from './server.samples.ts';

const LOG = '/containerLogs/default/step/main';
const OF_MAIN = '/exec/default/step/main';

const refusal =
  (status: number, message: string, headers = {}) =>
  async (): Promise<Opened> => {
    const body = Readable.from([Buffer.from(message)]);
    return { kind: 'answer', status, headers, body };
  };

// API servers replace the text of 404, 429, 503 and the like by one of their own.
test.each([
  [404, '400 why'],
  [429, '400 why'],
  [403, '403 why'],
  [500, '500 why'],
  [503, '502 why'],
  [504, '502 why'],
])('says why a log is refused, by a code whose text API servers hand on: %i', async (status, wanted) => {
  const { port } = await setUp({ stream: refusal(status, 'why') });
  await told(port, LOG).toBe(wanted);
});

test('hands on what an upgrade is answered, as it is', async () => {
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const message = 'container not found ("main")';
  const { port } = await setUp({ stream: refusal(404, message, headers) });
  await told(port, OF_MAIN, UPGRADE).toMatch(/^404/);
  expect(await ask(port, OF_MAIN, cluster, UPGRADE)).toEqual({ code: 404, message, type: headers['content-type'] });
});

test('says why there is no way to a delegate, by the code that it has where that is handed on', async () => {
  const { port } = await setUp({ stream: () => Promise.reject(new ApiError(503, { message: 'no link' })) });
  await told(port, LOG).toMatch(/^502 cluster away: .*no link/);
  await told(port, OF_MAIN, UPGRADE).toMatch(/^503 cluster away/);
});
