/** What the last step asks the API servers for, word for word. */
import { describe, expect, test } from 'vitest';
import type { Pod, PodStatus } from '../../api/index.ts';
import { observationOf, UID } from '../../test/builders.ts';
import { end } from './end.ts';
import { bare, bound, NOW, observation, running, state } from './plan.lab.ts';

describe('end', () => {
  const deleted = (status?: PodStatus): Pod => {
    const { status: _, ...rest } = bound;
    const metadata = { ...bound.metadata, deletionTimestamp: '2026-01-02T03:04:05Z', deletionGracePeriodSeconds: 7 };
    return { ...rest, metadata, ...(status && { status }) };
  };
  const forget = { do: 'delete', at: 'hub', resource: 'podobservations', name: UID, uid: 'observation-uid' };
  const remove = { do: 'delete', at: 'home', resource: 'pods', name: 'step', uid: UID, gracePeriodSeconds: 0 };
  const message = 'The pod was deleted, and its delegate with it.';

  test('removes the proxy and then the observation, by UID', () => {
    const actions = end(state({ proxy: deleted({ phase: 'Succeeded' }), observation }), NOW);
    expect(actions).toStrictEqual([
      { ...remove, namespace: 'default' },
      { ...forget, namespace: 'berth-home' },
    ]);
  });

  test('needs no namespaces', () => {
    const actions = end(
      state({ proxy: bare(deleted({ phase: 'Succeeded' })), observation: bare(observationOf()) }),
      NOW,
    );
    expect(actions).toStrictEqual([
      { ...remove, namespace: '' },
      { ...forget, namespace: '' },
    ]);
  });

  test('leaves an observation alone that is being deleted', () => {
    const going = { ...observation, metadata: { ...observation.metadata, deletionTimestamp: '2026-01-02T03:04:05Z' } };
    expect(end(state({ observation: going }), NOW)).toEqual([]);
  });

  test.each([
    ['no status', undefined],
    ['no containers', { phase: 'Running' as const }],
  ])('ends a proxy of which there is %s', (_, status) => {
    const [patch] = end(state({ proxy: deleted(status) }), NOW);
    const body = { metadata: { uid: UID, resourceVersion: '10' }, status: { phase: 'Failed', message } };
    expect(patch).toStrictEqual({
      do: 'patch',
      at: 'home',
      resource: 'pods',
      namespace: 'default',
      name: 'step',
      type: 'strategic',
      subresource: 'status',
      body,
    });
  });

  test('closes every container whose end nobody saw, and no other', () => {
    const of = (name: string, state?: object) => ({ name, image: 'i', imageID: 'x', restartCount: 0, ...{ state } });
    const terminated = { exitCode: 3, reason: 'Error' };
    const lost = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was deleted.',
      finishedAt: '2026-01-02T03:04:05Z',
    };
    const closed = (name: string, more: object = {}) => ({
      ...of(name),
      ready: false,
      started: false,
      state: { terminated: { ...lost, ...more } },
    });
    const startedAt = '2026-01-02T03:00:00Z';
    const status = {
      phase: 'Running',
      containerStatuses: [
        { ...of('runs', { running: { startedAt } }), ready: true },
        { ...of('waits', { waiting: {} }), ready: true },
        { ...of('new'), ready: true },
        { ...of('done', { terminated }), ready: false },
      ],
      initContainerStatuses: [{ ...of('init', { terminated }), ready: true }],
    } as PodStatus;
    const [patch] = end(state({ proxy: deleted(status) }), NOW);
    expect(patch).toMatchObject({
      body: {
        status: {
          containerStatuses: [
            closed('runs', { startedAt }),
            closed('waits'),
            closed('new'),
            of('done', { terminated }),
          ],
          initContainerStatuses: [{ ...of('init', { terminated }), ready: true }],
        },
      },
    });
    const sent = JSON.stringify(patch);
    expect(sent.match(/startedAt/g)).toHaveLength(1);
    expect(running.containerStatuses?.[0]?.ready).toBe(true);
  });
});
