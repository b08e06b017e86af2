import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionError, type Opened } from '../../kube/index.ts';
import { silentLog } from '../../kube/testing/silent-log.ts';
import type { OpenAt } from './relay.ts';
import { AVOID_MS, connectByWays, goesDirectly } from './ways.ts';

const DIRECT = { server: 'https://b:1', ca: 'ca' };
const { signal } = new AbortController();

type Answer = (asked: { signal: AbortSignal }) => Promise<Opened>;

const upgraded: Answer = async () => ({ kind: 'upgraded', headers: {}, socket: new PassThrough() });
const refused: Answer = async () => ({
  kind: 'answer',
  status: 401,
  headers: {},
  body: Readable.from([Buffer.from('no')]),
});
const unreachable: Answer = () =>
  Promise.reject(new ConnectionError('GET /', 'ECONNREFUSED', true, new Error('refused')));
const silent: Answer = ({ signal: ended }) =>
  new Promise((_, reject) => ended.addEventListener('abort', () => reject(ended.reason)));

/** A target with a direct way that answers so, and a relay. */
function setUp(answer: Answer, known: (typeof DIRECT)[] = [DIRECT]) {
  const state = { answer, known: known[0], time: 0 };
  const tried: string[] = [];
  const openAt: OpenAt =
    ({ server }, audience) =>
    (asked) => {
      tried.push(`${server}${asked.path} as ${audience}`);
      return state.answer(asked);
    };
  const connect = async (path: string) => {
    tried.push(`relay ${path}`);
    return new PassThrough();
  };
  const log = silentLog();
  const directOf = () => state.known;
  const connectTo = connectByWays({ directOf, openAt, connect, patienceMs: 50, now: () => state.time, log });
  return { state, tried, log, connectTo: () => connectTo('b', signal) };
}

const DIRECTLY = 'https://b:1/v1/dial/b as berth-streams:b';
const RELAYED = 'relay /v1/dial/b';

test('goes directly where the target says how', async () => {
  const { connectTo, tried } = setUp(upgraded);
  await connectTo();
  expect(tried).toEqual([DIRECTLY]);
});

test('takes the relay where the target says nothing', async () => {
  const { connectTo, tried } = setUp(upgraded, []);
  await connectTo();
  expect(tried).toEqual([RELAYED]);
});

test.each([
  ['there is no route', unreachable],
  ['nobody answers', silent],
  ['it is refused', refused],
])('takes the relay where %s, for a while without trying, and says so once', async (_, answer) => {
  const { connectTo, tried, state, log } = setUp(answer);
  await connectTo();
  state.time = AVOID_MS - 1;
  await connectTo();
  expect(tried).toEqual([DIRECTLY, RELAYED, RELAYED]);
  state.time = AVOID_MS;
  await connectTo();
  expect(tried).toEqual([DIRECTLY, RELAYED, RELAYED, DIRECTLY, RELAYED]);
  expect(log.entries.map(({ level }) => level)).toEqual(['warn']);
});

test('goes directly again as soon as the target is elsewhere', async () => {
  const { connectTo, tried, state } = setUp(unreachable);
  await connectTo();
  Object.assign(state, { answer: upgraded, known: { server: 'https://b:2', ca: 'ca' } });
  await connectTo();
  expect(tried.at(-1)).toBe('https://b:2/v1/dial/b as berth-streams:b');
});

test('a connection outlives the patience with which it was made', async () => {
  let ended: AbortSignal | undefined;
  const { connectTo } = setUp((asked) => {
    ended = asked.signal;
    return upgraded(asked);
  });
  await connectTo();
  await expect(new Promise((resolve) => setTimeout(resolve, 100, ended?.aborted))).resolves.toBe(false);
});

test('a way is avoided for as long after its last failure, and no other', () => {
  const times = fc.integer({ min: 0, max: 10 * AVOID_MS });
  fc.assert(
    fc.property(times, times, fc.boolean(), (at, later, same) => {
      const failure = { server: same ? DIRECT.server : 'https://c:1', at };
      expect(goesDirectly(DIRECT, failure, at + later)).toBe(!same || later >= AVOID_MS);
      expect(goesDirectly(DIRECT, undefined, later)).toBe(true);
    }),
  );
});
