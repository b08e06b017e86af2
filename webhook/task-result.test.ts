import { describe, expect, it } from 'vitest';
import { ARGO } from '../api/index.ts';
import { disown } from './task-result.ts';

const labels = { [ARGO.workflow]: 'wf', [ARGO.reported]: 'false' };
const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', name: 'wf', uid: 'u' };
const resultOf = (name: string) => ({ metadata: { name, labels, ownerReferences: [owner] }, outputs: {} });

describe('disown', () => {
  it("takes owner and workflow from a delegate's result, and nothing else", () => {
    const name = 'berth.a.8c1f0b1e-0000-4000-8000-000000000001.1';
    expect(disown(resultOf(name))).toStrictEqual({
      metadata: { name, labels: { [ARGO.reported]: 'false' } },
      outputs: {},
    });
    expect(disown({ metadata: { name } })).toStrictEqual({ metadata: { name } });
  });

  it.each(['wf-1', 'berth', 'berth.a', 'berth.a.b', 'berth.a.b.1.2', 'xberth.a.b.1', ''])('leaves %j alone', (name) => {
    expect(disown(resultOf(name))).toStrictEqual(resultOf(name));
  });
});
