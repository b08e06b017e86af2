import { describe, expect, it } from 'vitest';
import { fileOf, namesOf, stepsOf, withNames, withPlaceholders } from './recording.ts';
import type { Request } from './requests.ts';
import type { Sighting } from './sightings.ts';

const sighting = (key: string, version: number, state = {}): Sighting => ({
  ...{ key, uid: `uid of (${key})`, version, at: version * 10, state },
});
const request = (uri: string, at: number, version?: number): Request => ({
  ...{ by: 'argo', verb: 'patch', uri, code: 200, at },
  ...(version !== undefined && { version }),
});

describe('names', () => {
  const names = namesOf('pass-1234', 'w-uid', [sighting('pod a', 1), sighting('pod a#2', 2)]);
  const request = { uri: '/namespaces/pass-1234/pods', owner: 'w-uid', uid: 'uid of (pod a#2)' };

  it('are placeholders in what is kept, and others when it is replayed', () => {
    const kept = withPlaceholders(request, names);
    expect(kept).toEqual({ uri: '/namespaces/{namespace}/pods', owner: '{uid:workflow}', uid: '{uid:pod a#2}' });
    expect(withNames(kept, names)).toEqual(request);
  });

  it('that nobody knows are an error', () => {
    const known = namesOf('pass-1234', 'w-uid', []);
    expect(() => withNames({ uid: '{uid:pod b}' }, known)).toThrow('nothing is known of {uid:pod b}');
  });

  it('of traces are kept as noughts, and other numbers as they are', () => {
    const value = { trace: '00-7c538082e24bc4f906c3824340683dcb-a7937e4011f5a455-01', pod: 'make-2919656536' };
    const kept = withPlaceholders(value, names);
    expect(kept).toEqual({ trace: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, pod: 'make-2919656536' });
  });
});

describe('steps', () => {
  const seen = [
    sighting('pod a', 1, { phase: 'Pending' }),
    sighting('pod a', 3, { phase: 'Running' }),
    sighting('pod b', 4, { phase: 'Pending' }),
  ];

  it('come in order, each with what had changed since the one before', () => {
    const steps = stepsOf([request('second', 2, 4), request('first', 1, 2), request('third', 3, 9)], seen);
    expect(steps.map(({ uri, seen }) => [uri, seen])).toEqual([
      ['first', { 'pod a': { phase: 'Pending' } }],
      ['second', { 'pod a': { phase: 'Running' } }],
      ['third', { 'pod b': { phase: 'Pending' } }],
    ]);
  });

  it('without a version go by the clock', () => {
    const [step] = stepsOf([request('exec', 30)], seen);
    expect(step?.seen).toEqual({ 'pod a': { phase: 'Running' } });
  });

  it('that delete go by what was first seen of that', () => {
    const late = [...seen, sighting('pod b', 5, { deleting: true }), sighting('pod a', 6, { gone: true })];
    const deletion = { ...request('/api/v1/namespaces/{namespace}/pods/a?gracePeriodSeconds=0', 1), verb: 'delete' };
    const all = { ...request('/api/v1/namespaces/{namespace}/pods?labelSelector=x', 1), verb: 'deletecollection' };
    expect(stepsOf([deletion], late)[0]?.seen).toMatchObject({ 'pod b': { deleting: true } });
    expect(stepsOf([all], late)[0]?.seen).toMatchObject({ 'pod b': { phase: 'Pending' } });
  });
});

it('a file has a line for each step and each end', () => {
  const recording = {
    workflow: { metadata: { name: 'w' } },
    steps: stepsOf([request('a', 1), request('b', 2)], []),
    end: { 'pod a': { phase: 'Succeeded' }, 'pod b': { phase: 'Failed' } },
  };
  const text = fileOf(recording);
  expect(JSON.parse(text)).toEqual(recording);
  expect(text.split('\n')).toHaveLength(12);
});
