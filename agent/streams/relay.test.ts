import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { ConfigMap } from '../../api/index.ts';
import { type ApiClient, ApiError, ConnectionError, type Opened } from '../../kube/index.ts';
import { connectToRelay, type OpenAt } from './relay.ts';

const { signal } = new AbortController();

/** A hub that says where the relay is, and relays of which those answer that are named. */
function setUp({ at, alive }: { at: string | undefined; alive: string[] }) {
  const hub = { at, asked: 0, time: 0 };
  const get = async (): Promise<ConfigMap> => {
    hub.asked++;
    if (hub.at === undefined) throw new ApiError(404, { message: 'not found', reason: 'NotFound' });
    return { metadata: { name: 'berth-relay' }, data: { server: hub.at, ca: 'ca' } };
  };
  const tried: string[] = [];
  const openAt: OpenAt =
    ({ server }) =>
    async ({ path }): Promise<Opened> => {
      tried.push(server);
      if (!alive.includes(server)) throw new ConnectionError(`GET ${path}`, 'ECONNREFUSED', true, new Error('refused'));
      if (path === 'refused')
        return { kind: 'answer', status: 403, headers: {}, body: Readable.from([Buffer.from('not you')]) };
      return { kind: 'upgraded', headers: {}, socket: new PassThrough() };
    };
  const client = { get } as unknown as ApiClient;
  return { hub, tried, alive, connect: connectToRelay({ hub: client, openAt, now: () => hub.time }) };
}

test('asks the hub where the relay is, and takes that for known for a while', async () => {
  const { hub, connect } = setUp({ at: 'https://one', alive: ['https://one'] });
  await connect('/x', signal);
  hub.time = 9_999;
  await connect('/x', signal);
  expect(hub.asked).toBe(1);
  hub.time = 10_000;
  await connect('/x', signal);
  expect(hub.asked).toBe(2);
});

test('asks the hub again at once when a relay that was known is gone, as after one that began anew', async () => {
  const { hub, tried, alive, connect } = setUp({ at: 'https://one', alive: ['https://one'] });
  await connect('/x', signal);
  alive.splice(0, 1, 'https://two');
  hub.at = 'https://two';
  await connect('/x', signal);
  expect(tried).toEqual(['https://one', 'https://one', 'https://two']);
  expect(hub.asked).toBe(2);
});

test('tries once only what the hub has just said', async () => {
  const { hub, tried, connect } = setUp({ at: 'https://one', alive: [] });
  await expect(connect('/x', signal)).rejects.toThrow('refused');
  expect([tried.length, hub.asked]).toEqual([1, 1]);
  await expect(connect('/x', signal)).rejects.toThrow('refused');
  expect(hub.asked).toBe(2);
});

test('says so where no relay is, and why one refuses', async () => {
  const none = setUp({ at: undefined, alive: [] });
  await expect(none.connect('/x', signal)).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining('no relay of streams runs beside the hub'),
  });
  const { connect } = setUp({ at: 'https://one', alive: ['https://one'] });
  await expect(connect('refused', signal)).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('not you'),
  });
});
