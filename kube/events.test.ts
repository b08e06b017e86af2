import { expect, onTestFinished, test, vi } from 'vitest';
import { createClient } from './client.ts';
import { createEventRecorder } from './events.ts';
import { answer, refuse, startServer } from './testing/http-server.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { silentLog } from './testing/silent-log.ts';

async function setUp(accept = true) {
  const server = await startServer((_, response) =>
    accept ? answer(response, 201, { metadata: {} }) : refuse(response, 403, 'Forbidden'),
  );
  const { credentials } = server;
  const client = createClient({ cluster: 'test', credentials, component: 'tests', random: () => 0 });
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const log = silentLog();
  const record = createEventRecorder({ client, component: 'berth', now: clock.now, log, perMinute: 2 });
  const written = (count: number) => vi.waitFor(() => expect(server.requests).toHaveLength(count));
  return { server, clock, log, record, written };
}

const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'a', uid: 'u1' };
const content = (message: string) => ({ type: 'Warning', reason: 'Waiting', message }) as const;

test('an Event says what kubectl describe shows', async () => {
  const { server, record, written } = await setUp();
  record(pod, content('no room'));
  await written(1);
  expect(server.requests[0]?.path).toBe('/api/v1/namespaces/ns/events');
  const event = JSON.parse(server.requests[0]?.body ?? '');
  expect(event).toMatchObject({
    kind: 'Event',
    involvedObject: pod,
    type: 'Warning',
    reason: 'Waiting',
    message: 'no room',
    source: { component: 'berth' },
    firstTimestamp: '2026-01-02T03:04:05Z',
    count: 1,
  });
  expect(event.metadata.name).toMatch(/^a\.[0-9a-z]{10}$/);
});

test('what is no warning is said beside all warnings, once', async () => {
  const { record, written, server } = await setUp();
  const normal = { ...content('assigned'), type: 'Normal', id: '1' } as const;
  for (const message of ['one', 'two', 'three']) record(pod, content(message));
  for (const each of [normal, normal]) record(pod, each);
  await written(3);
  expect(server.requests.map(({ body }) => JSON.parse(body).message)).toEqual(['one', 'two', 'assigned']);
});

test('the same is said once in five minutes, and little in one', async () => {
  const { clock, record, written } = await setUp();
  for (const message of ['one', 'one', 'two', 'three', 'four']) record(pod, content(message));
  await written(2);
  clock.advance(60_000);
  record(pod, content('one'));
  record(pod, content('three'));
  await written(3);
  clock.advance(240_000);
  record(pod, content('one'));
  record({ ...pod, uid: 'u2' }, content('one'));
  await written(5);
});

test('objects without a namespace are told about in default', async () => {
  const { server, record, written } = await setUp();
  record({ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }, content('x'));
  await written(1);
  expect(server.requests[0]?.path).toBe('/api/v1/namespaces/default/events');
});

test('a failure is logged and nothing else', async () => {
  const { log, record } = await setUp(false);
  record(pod, content('x'));
  await vi.waitFor(() => expect(log.entries).toMatchObject([{ level: 'debug', message: 'event not written' }]));
});
