import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { ApiError, type Opened } from '../../kube/index.ts';
import { ask, cluster, EXEC, setUp, told, UPGRADE } from './server.samples.ts';

const SIGKILL = EXEC.replace('15', '9');
/** Told to end, then withdrawn: there is no way to pass a signal on. */
const WITHDRAWN = ['told', 'with its grace'];

test('ends the step that an API server signals, as which it is known to the cluster', async () => {
  const { port, ended, reviews } = await setUp();
  await told(port).toMatch(/^501 the step is told to end; \[BERTH409\]/);
  expect(ended).toEqual(WITHDRAWN);
  const resourceAttributes = { verb: 'create', version: 'v1', resource: 'nodes', subresource: 'proxy' };
  expect(reviews).toEqual([
    {
      user: 'apiserver',
      groups: ['system:masters'],
      resourceAttributes: { ...resourceAttributes, name: 'berth-away' },
    },
  ]);
});

test('answers the same to one that asks for an upgrade, as API servers do', async () => {
  const { port, ended } = await setUp();
  await told(port, EXEC, UPGRADE).toMatch(/^501 the step is told to end/);
  expect(ended).toEqual(WITHDRAWN);
});

/** A stream that is open until who asked leaves it. */
function opens(): Promise<Opened> {
  const socket = new PassThrough();
  return Promise.resolve({ kind: 'upgraded', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, socket });
}

test('passes SIGTERM on, each time, and leaves the step its grace', async () => {
  const { port, ended, asked } = await setUp({ stream: opens });
  await told(port, '/x').toMatch(/^404/);
  for (const path of [EXEC, EXEC]) expect((await ask(port, path, cluster, UPGRADE)).code).toBe(101);
  expect(asked).toEqual(['exec in away', 'exec in away']);
  expect(ended).toEqual(['told', 'told']);
});

test('ends the step at SIGKILL, which is not passed on, nor is what comes then', async () => {
  const { port, ended, asked } = await setUp({ stream: opens });
  await told(port, SIGKILL, UPGRADE).toMatch(/^501 the step is told to end/);
  expect(ended).toEqual(['killed']);
  expect((await ask(port, EXEC, cluster, UPGRADE)).code).toBe(501);
  expect(asked).toEqual([]);
  expect(ended).toEqual(['killed']);
});

const silent = (signal: AbortSignal) =>
  new Promise<Opened>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const away = new ApiError(504, { message: 'the agent of away has no link to the relay' });
const refusal: Opened = {
  kind: 'answer',
  status: 500,
  headers: {},
  body: Readable.from([Buffer.from('container not found')]),
};

test.each([
  ['the target refuses', () => Promise.resolve(refusal)],
  ['the target is away', () => Promise.reject(away)],
  ['nothing is heard of it', silent],
])('withdraws the delegate if %s', async (_, stream) => {
  const { port, ended, asked } = await setUp({ stream });
  await told(port, '/x').toMatch(/^404/);
  const { code, message } = await ask(port, EXEC, cluster, UPGRADE);
  expect(`${code} ${message}`).toMatch(/^501 the step is told to end/);
  expect([asked, ended]).toEqual([['exec in away'], WITHDRAWN]);
});

test('leaves a step its grace that was told to end in one of its containers only', async () => {
  const answers = [opens, () => Promise.reject(away)];
  const { port, ended } = await setUp({ stream: () => (answers.shift() ?? opens)() });
  await told(port, '/x').toMatch(/^404/);
  expect((await ask(port, EXEC, cluster, UPGRADE)).code).toBe(101);
  expect(await ask(port, EXEC, cluster, UPGRADE)).toMatchObject({ code: 504 });
  expect(ended).toEqual(['told', 'told']);
});
