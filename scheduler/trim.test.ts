import { describe, expect, it } from 'vitest';
import type { PodDelegation } from '../api/index.ts';
import { delegation, refused } from './test-objects.ts';
import { trimDelegation, trimMeta } from './trim.ts';

describe('trimMeta', () => {
  it('keeps name and version, nothing else', () => {
    const kept = { name: 'n', namespace: 'ns', uid: 'u', resourceVersion: '7' };
    const object = {
      ...{ apiVersion: 'v1', kind: 'Pod', spec: {} },
      metadata: { ...kept, labels: { a: 'b' }, annotations: { c: 'd' }, managedFields: [], generation: 3 },
    };
    expect(trimMeta(object)).toStrictEqual({ metadata: kept });
  });

  it('makes up nothing that was not there', () =>
    expect(trimMeta({ metadata: { name: 'n' } })).toStrictEqual({ metadata: { name: 'n' } }));
});

describe('trimDelegation', () => {
  const made = (more: Parameters<typeof delegation>[2]): PodDelegation => delegation(['a', 'b'], 'u', more);
  const SPEC = {
    ...{ pod: { namespace: 'default', name: 'u', uid: 'u' }, source: 'a', target: 'b', attempt: 1, manifest: '' },
    ...{ delegate: { namespace: 'default', name: 'd-u' }, desired: 'Run' },
  };

  it('drops manifest and amendments, which are big, and keeps what is wanted', () => {
    const spec = { manifest: '{}', amendments: [{ of: 'labels', key: 'k', value: 'v' }] } as const;
    expect(trimDelegation(made({ spec: { ...spec, amendments: [...spec.amendments] } }))).toStrictEqual({
      metadata: { name: 'u-1', namespace: 'berth-a--b' },
      spec: SPEC,
      status: {},
    });
  });

  it('keeps of the status who refused, which delegate, and the phase', () => {
    const conditions = refused('quota')?.conditions ?? [];
    const status = {
      ...{ conditions, delegate: { uid: 'd', node: 'n' }, pod: { phase: 'Running' as const, podIP: '10.0.0.1' } },
      ...{ observedGeneration: 1, annotations: { a: 'b' }, warnings: [] },
    };
    expect(trimDelegation(made({ status })).status).toStrictEqual({
      ...{ conditions, delegate: { uid: 'd', node: 'n' }, pod: { phase: 'Running' } },
    });
  });

  it.each([
    ['no delegate', { conditions: [] }, { conditions: [] }],
    ['no conditions', { delegate: { uid: 'd' } }, { delegate: { uid: 'd' } }],
    ['a pod without a phase', { pod: { podIP: '10.0.0.1' } }, {}],
  ])('makes up nothing for %s', (_, status, kept) =>
    expect(trimDelegation(made({ status })).status).toStrictEqual(kept),
  );
});
