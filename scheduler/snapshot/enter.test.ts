import { describe, expect, it } from 'vitest';
import { cluster, decision, delegation, node, observation, pool } from '../test-objects.ts';
import { enterCluster, enterDecision, enterDelegation, enterObservation, enterPool } from './enter.ts';
import { Ledger } from './ledger.ts';
import { Snapshot } from './snapshot.ts';

/** The same object in a namespace that is no member's and no pair's. */
function strayed<T extends { metadata: { namespace?: string } }>(object: T): T {
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

describe('clusters', () => {
  it('come and go', () => {
    const snapshot = new Snapshot();
    enterCluster(snapshot, { now: cluster('a') });
    expect(snapshot.member('a')?.name).toBe('a');
    enterCluster(snapshot, { old: cluster('a') });
    expect(snapshot.members).toEqual([]);
  });

  it.each(['system', 'a--b'])('are no members under the name %s, whose namespace is another one', (name) => {
    const snapshot = new Snapshot();
    enterCluster(snapshot, { now: cluster(name) });
    expect(snapshot.members).toEqual([]);
  });

  it('are nothing if nothing is told of them', () => {
    const snapshot = new Snapshot();
    enterCluster(snapshot, {});
    expect(snapshot.members).toEqual([]);
  });
});

describe('pools', () => {
  const reported = pool('a', [node('n', { cpu: '1' })]);

  it('come and go', () => {
    const snapshot = new Snapshot();
    enterPool(snapshot, { now: reported });
    expect(snapshot.room('a').node('n')?.name).toBe('n');
    enterPool(snapshot, { old: reported });
    expect(snapshot.nodes).toBe(0);
  });

  it.each([{}, { now: strayed(reported) }])('that are nobody’s are left alone: %j', (change) => {
    const snapshot = new Snapshot();
    enterPool(snapshot, change);
    expect(snapshot.nodes).toBe(0);
  });
});

describe('what is told of a pod', () => {
  const ledger = () => new Ledger(new Snapshot());

  it('goes to the pod of that source and UID', () => {
    const book = ledger();
    const pod = enterObservation(book, { now: observation('a', 'u') });
    expect(pod).toMatchObject({ key: 'a/u', source: 'a', uid: 'u' });
    expect(enterDecision(book, { now: decision('a', 'u', { target: 'b' }) })).toBe(pod);
    expect(enterDelegation(book, { now: delegation(['a', 'b'], 'u') })).toBe(pod);
    expect([...(pod?.delegations.keys() ?? [])]).toEqual(['b/u-1']);
    expect(pod?.delegations.get('b/u-1')?.target).toBe('b');
    expect([...book.pods()]).toEqual([pod]);
  });

  it('is taken back, each of it', () => {
    const book = ledger();
    enterObservation(book, { now: observation('a', 'u') });
    enterDecision(book, { now: decision('a', 'u', { target: 'b' }) });
    enterDelegation(book, { now: delegation(['a', 'b'], 'u', { spec: { desired: 'Gone' } }) });
    expect(enterDelegation(book, { old: delegation(['a', 'b'], 'u') })?.delegations.size).toBe(0);
    expect(enterObservation(book, { old: observation('a', 'u') })?.observation).toBeUndefined();
    expect(enterDecision(book, { old: decision('a', 'u', {}) })?.decision).toBeUndefined();
    expect([...book.pods()]).toEqual([]);
  });

  it('is what it is now, not what it was', () => {
    const pod = enterDecision(ledger(), { old: decision('a', 'u', {}), now: decision('a', 'u', { target: 'b' }) });
    expect(pod?.decision?.spec.target).toBe('b');
  });

  it.each([
    ['an observation', (book: Ledger) => enterObservation(book, { now: strayed(observation('a', 'u')) })],
    ['a decision', (book: Ledger) => enterDecision(book, { now: strayed(decision('a', 'u', {})) })],
    ['a delegation', (book: Ledger) => enterDelegation(book, { now: strayed(delegation(['a', 'b'], 'u')) })],
    ['no observation', (book: Ledger) => enterObservation(book, {})],
    ['no decision', (book: Ledger) => enterDecision(book, {})],
    ['no delegation', (book: Ledger) => enterDelegation(book, {})],
  ])('does not count where it does not belong: %s', (_, enter) => {
    const book = ledger();
    expect(enter(book)).toBeUndefined();
    expect([...book.pods()]).toEqual([]);
  });
});
