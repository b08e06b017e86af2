import { describe, expect, it } from 'vitest';
import { refused } from '../test-objects.ts';
import { Lab } from './pump.lab.ts';

describe('Pump', () => {
  it('spreads over clusters and stops where room ends', () => {
    const lab = new Lab({ a: [1], b: [2] });
    for (const uid of ['1', '2', '3', '4']) lab.observe(uid);
    lab.flush();
    expect(['1', '2', '3', '4'].map((uid) => lab.target(uid))).toEqual(['b', 'a', 'b', undefined]);
    expect(lab.pump.why('a/4')?.message).toBe('0/2 clusters are available: a, b: insufficient cpu');
  });

  it('writes once per pod that fits, and nothing for one that waits', () => {
    const lab = new Lab({ a: [1] });
    for (const uid of ['1', '2']) lab.observe(uid);
    lab.flush();
    lab.flush();
    expect(lab.written).toHaveLength(1);
  });

  it('lets a pod go as soon as it fits', () => {
    const lab = new Lab({ a: [1] });
    lab.observe('1');
    lab.observe('2');
    lab.flush();
    lab.delegate('1', { status: { pod: { phase: 'Succeeded' } } });
    lab.flush();
    expect(lab.target('2')).toBe('a');
  });

  it('explains anew when a cluster goes offline', () => {
    const lab = new Lab({ a: [0] });
    lab.observe('1');
    lab.flush();
    lab.snapshot.setOnline('a', false);
    lab.flush();
    expect(lab.pump.why('a/1')?.message).toBe('0/1 clusters are available: a: offline');
  });

  it('takes the next attempt elsewhere after a refusal, and comes back after a minute', () => {
    const lab = new Lab({ a: [1], b: [2] });
    lab.observe('1');
    lab.flush();
    lab.delegate('1', { status: refused('quota') });
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 2, target: 'a', passedOver: [{ cluster: 'b' }] });
    lab.delegate('1', { status: refused('policy') });
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 3 });
    expect(lab.target('1')).toBeUndefined();
    expect(lab.pump.why('a/1')?.message).toBe(
      '0/2 clusters are available: a: passed over: policy; b: passed over: quota',
    );
    lab.pass(61_000);
    const pod = lab.ledger.get('a/1');
    if (pod) lab.pump.touch(pod);
    lab.flush();
    expect(lab.decisions.get('1')?.spec).toMatchObject({ attempt: 3, target: 'b' });
  });

  it('gives room back when a write fails, and decides again when asked', () => {
    const lab = new Lab({ a: [1] });
    lab.observe('1');
    lab.flush((uid) => uid === '1');
    expect(lab.snapshot.room('a').node('a-0')?.free['cpu']).toBe(1000);
    const pod = lab.ledger.get('a/1');
    if (pod) lab.pump.touch(pod);
    lab.flush();
    expect(lab.target('1')).toBe('a');
  });
});
