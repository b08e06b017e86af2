import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { silentLog } from '../../kube/testing/silent-log.ts';
import type { Agent } from './identity.ts';
import { Standing } from './standing.ts';

const { signal } = new AbortController();
const GRACE_MS = 16_000;
const A: Agent = { member: 'a', uid: '1' };
const B: Agent = { member: 'b', uid: '2' };

/** A hub that knows these tokens, and a time that only the test moves. */
function setUp(tokens: Record<string, Agent>) {
  const state = { tokens, time: 0, away: false };
  const asked: string[] = [];
  const log = silentLog();
  const identify = async (token = '') => {
    asked.push(token);
    if (state.away) throw new Error('the hub is away');
    return state.tokens[token];
  };
  const standing = new Standing({ identify, checkMs: 20_000, now: () => state.time, log });
  const enter = (agent: Agent, token: string) => {
    const socket = new PassThrough();
    standing.enter(agent, token, socket);
    return socket;
  };
  const pass = (ms: number) => {
    state.time += ms;
    return standing.check(signal);
  };
  /** Twice, as far apart as it takes. */
  const refuse = async () => {
    await pass(0);
    await pass(GRACE_MS);
  };
  return { state, standing, asked, log, enter, pass, refuse };
}

const ended = (sockets: PassThrough[]) => sockets.map(({ destroyed }) => destroyed);

it('ends all of an agent that the hub no longer knows, and nothing of another', async () => {
  const { state, enter, pass, log } = setUp({ ta: A, tb: B });
  const sockets = [enter(A, 'ta'), enter(A, 'ta'), enter(B, 'tb')];
  await pass(0);
  state.tokens = { tb: B };
  await pass(0);
  await pass(GRACE_MS - 1);
  expect(ended(sockets)).toEqual([false, false, false]);
  await pass(1);
  expect(ended(sockets)).toEqual([true, true, false]);
  expect(log.entries.map(({ level }) => level)).toEqual(['warn']);
});

it('goes by the newest token that an agent has shown', async () => {
  const { enter, refuse, asked } = setUp({ new: A });
  const sockets = [enter(A, 'old'), enter(A, 'new')];
  await refuse();
  expect(ended(sockets)).toEqual([false, false]);
  expect(asked).toEqual(['new', 'new']);
});

it('forgets a refusal when another token is shown, or the hub knows it again', async () => {
  const { state, enter, pass } = setUp({});
  const socket = enter(A, 'old');
  await pass(0);
  enter(A, 'new');
  await pass(GRACE_MS);
  state.tokens = { new: A };
  await pass(GRACE_MS - 1);
  state.tokens = {};
  await pass(GRACE_MS);
  expect(socket.destroyed).toBe(false);
  await pass(GRACE_MS);
  expect(socket.destroyed).toBe(true);
});

it('keeps all while the hub is away, and says so to who checks', async () => {
  const { state, enter, pass } = setUp({ ta: A });
  const socket = enter(A, 'ta');
  state.away = true;
  for (const ms of [0, GRACE_MS, GRACE_MS]) await expect(pass(ms)).rejects.toThrow('away');
  expect(socket.destroyed).toBe(false);
});

it.each([
  ['the account of its name was made again', { member: 'a', uid: '9' }],
  ['the token is of another member', B],
])('ends what it has where %s', async (_, now) => {
  const { state, enter, refuse } = setUp({ ta: A });
  const socket = enter(A, 'ta');
  state.tokens = { ta: now };
  await refuse();
  expect(socket.destroyed).toBe(true);
});

it('does not take an account that was made again for the one before', async () => {
  const again: Agent = { member: 'a', uid: '9' };
  const { enter, refuse } = setUp({ new: again });
  const sockets = [enter(A, 'old'), enter(again, 'new')];
  await refuse();
  expect(ended(sockets)).toEqual([true, false]);
});

it('asks of nobody who has left', async () => {
  const { standing, enter, pass, asked } = setUp({ ta: A });
  const sockets = [enter(A, 'ta'), enter(A, 'ta')];
  for (const socket of sockets) {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
  }
  standing.enter(A, 'ta', sockets[0] ?? expect.unreachable());
  await pass(0);
  expect(asked).toEqual([]);
});
