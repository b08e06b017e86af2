import { describe, expect, it } from 'vitest';
import type { Action, BindAction, PatchAction, TaskResult } from '../../api/index.ts';
import { ActionError, ApiError } from '../../kube/index.ts';
import { act } from './act.ts';
import type { Told } from './state.ts';

const patch = (resource: PatchAction['resource'], at: PatchAction['at'] = 'home'): PatchAction => ({
  ...{ do: 'patch', at, resource, namespace: 'ns', name: 'x', type: 'apply', body: {} },
});
const bind: BindAction = { do: 'bind', at: 'home', namespace: 'ns', name: 'x', uid: 'u', node: 'n' };
const told = patch('workflowtaskresults');
const ended = patch('pods');
const result: TaskResult = { completed: true, content: {} };

/** Carries out actions of which one fails with that status. */
async function acted(actions: Action[], failing?: Action, status = 500) {
  const done: Action[] = [];
  const run = async ([action]: readonly Action[]) => {
    if (action === undefined) return;
    if (action === failing) throw new ActionError(action, 0, new ApiError(status, { message: `answer ${status}` }));
    done.push(action);
  };
  const bound = new Set<string>();
  const tolds = new Map<string, Told>();
  const { signal } = new AbortController();
  const outcome = await act(actions, { act: run, uid: 'u', bound, told: tolds, result, signal });
  return { outcome, done, bound: [...bound], told: [...tolds] };
}

describe('act', () => {
  it('takes note of what no cache shows', async () => {
    expect(await acted([bind, told, ended])).toEqual({
      outcome: {},
      done: [bind, told, ended],
      bound: ['u'],
      told: [['u', { result, namespace: 'ns', name: 'x' }]],
    });
    expect((await acted([ended])).told).toEqual([]);
  });

  it.each([[403], [404], [413], [422]])(
    'goes on when a result is refused with %i, and does not ask again',
    async (status) => {
      expect(await acted([told, ended], told, status)).toEqual({
        outcome: { resultRefused: `answer ${status}` },
        done: [ended],
        bound: [],
        told: [['u', { result, namespace: 'ns', name: 'x' }]],
      });
    },
  );

  it.each([[409], [429], [500], [503]])(
    'tries a result again that was answered with %i, before the end',
    async (status) => {
      await expect(acted([told, ended], told, status)).rejects.toThrow(`answer ${status}`);
    },
  );

  it('says that the proxy is gone', async () => {
    const gone = { outcome: { proxyIsGone: true }, bound: [], told: [] };
    expect(await acted([bind, ended], bind, 404)).toEqual({ ...gone, done: [] });
    expect(await acted([ended, told], ended, 404)).toEqual({ ...gone, done: [] });
  });

  it('fails for everything else', async () => {
    const delegation = patch('poddelegations', 'hub');
    await expect(acted([delegation, ended], delegation, 404)).rejects.toThrow('answer 404');
    await expect(acted([ended], ended, 409)).rejects.toThrow('answer 409');
    const broken = () => Promise.reject(new TypeError('broken'));
    const parts = {
      uid: 'u',
      bound: new Set<string>(),
      told: new Map(),
      result,
      signal: new AbortController().signal,
    };
    await expect(act([ended], { ...parts, act: broken })).rejects.toThrow('broken');
  });
});
