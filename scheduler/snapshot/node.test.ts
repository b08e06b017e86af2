import { describe, expect, it } from 'vitest';
import type { NodeRoom } from '../../api/index.ts';
import { isAsReported, mayFitMore, nodeOf, shapeOf } from './node.ts';

const shape = shapeOf({ labels: { zone: 'a' }, allocatable: { cpu: '4' }, nodes: [] });
const other = shapeOf({ labels: { zone: 'b' }, allocatable: { cpu: '4' }, nodes: [] });
const report = (more: Partial<NodeRoom> = {}): NodeRoom => ({
  name: 'n',
  room: { cpu: '2', gpu: '1' },
  ready: true,
  ...more,
});
const state = (more: Partial<NodeRoom> = {}, as = shape) => nodeOf(3, as, report(more), undefined);

describe('nodeOf', () => {
  it('is what is reported, less what is charged', () =>
    expect(nodeOf(3, shape, report(), { cpu: 500, pods: 1 })).toStrictEqual({
      ...{ name: 'n', hostname: 'n', slot: 3, shape, ready: true, cordoned: false, written: { cpu: '2', gpu: '1' } },
      ...{ reported: { cpu: 2000, gpu: 1 }, free: { cpu: 1500, gpu: 1, pods: -1 } },
    }));

  it('goes by what the report says of hostname and cordon', () =>
    expect(state({ hostname: 'h', cordoned: true })).toMatchObject({ hostname: 'h', cordoned: true }));

  it('has the taints of its shape, none if it names none', () => {
    const taints = [{ key: 'gpu', effect: 'NoSchedule' }];
    expect(shapeOf({ labels: {}, taints, allocatable: {}, nodes: [] }).taints).toEqual(taints);
    expect(shape).toStrictEqual({ labels: { zone: 'a' }, taints: [], allocatable: { cpu: 4000 } });
  });
});

describe('isAsReported', () => {
  it.each([
    [{}, {}, true],
    [{}, { cordoned: false, hostname: 'n' }, true],
    [{ hostname: 'h', cordoned: true }, { hostname: 'h', cordoned: true }, true],
    [{}, { cordoned: true }, false],
    [{}, { hostname: 'h' }, false],
    [{ hostname: 'h' }, {}, false],
    [{}, { ready: false }, false],
    [{}, { room: { cpu: '3', gpu: '1' } }, false],
    [{}, { room: { cpu: '2' } }, false],
    [{}, { room: { cpu: '2', gpu: '1', x: '1' } }, false],
    [{}, { room: { cpu: '2', x: '1' } }, false],
  ])('%j, then %j: %s', (before, now, same) => expect(isAsReported(state(before), shape, report(now))).toBe(same));

  it('is not so in another shape', () => expect(isAsReported(state(), other, report())).toBe(false));
});

describe('mayFitMore', () => {
  it.each([
    [{}, {}, false],
    [{}, { room: { cpu: '1' } }, false],
    [{}, { room: { cpu: '2001m' } }, true],
    [{}, { room: { cpu: '1', x: '1' } }, true],
    [{}, { room: { cpu: '2', x: '0' } }, false],
    [{}, { hostname: 'h' }, true],
    [{ ready: false }, {}, true],
    [{}, { cordoned: true }, true],
  ])('%j, then %j: %s', (before, after, more) => expect(mayFitMore(state(before), state(after))).toBe(more));

  it('is so in another shape', () => expect(mayFitMore(state(), state({}, other))).toBe(true));
});
