import { describe, expect, it } from 'vitest';
import { accessActions, revocations } from './access.ts';

const labels = { 'app.kubernetes.io/managed-by': 'berth' };
const namespace = (name: string) => ({
  ...{ do: 'create', at: 'hub', resource: 'namespaces', object: { metadata: { name, labels } } },
});
const binding = (at: string, name: string, role: string, agent: string) => ({
  ...{ do: 'create', at: 'hub', resource: 'rolebindings' },
  object: {
    metadata: { name, namespace: at, labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: agent, namespace: 'berth-system' }],
  },
});
const existing = (namespaces: string[], bindings: string[]) => ({
  namespace: (name: string) => namespaces.includes(name),
  roleBinding: (key: string) => (bindings.includes(key) ? `uid of ${key}` : undefined),
});
const PAIRS = [{ source: 'a', target: 'b' }];

describe('accessActions', () => {
  const all = [
    namespace('berth-a'),
    binding('berth-a', 'berth-member', 'berth-hub-member', 'agent-a'),
    namespace('berth-a--b'),
    binding('berth-a--b', 'berth-source', 'berth-hub-source', 'agent-a'),
    binding('berth-a--b', 'berth-target', 'berth-hub-target', 'agent-b'),
  ];
  const [, member, , source, target] = all;

  it('make namespaces and what each agent may do in them', () =>
    expect(accessActions('a', PAIRS, existing([], []))).toStrictEqual(all));

  it.each([
    ['namespaces', existing(['berth-a', 'berth-a--b'], []), [member, source, target]],
    ['the binding of the member', existing(['berth-a', 'berth-a--b'], ['berth-a/berth-member']), [source, target]],
    [
      'halves of a pair',
      existing(['berth-a', 'berth-a--b'], ['berth-a/berth-member', 'berth-a--b/berth-source']),
      [target],
    ],
  ])('leave alone what is there: %s', (_, there, actions) =>
    expect(accessActions('a', PAIRS, there)).toStrictEqual(actions),
  );

  it('make only its own for a member in no pair', () =>
    expect(accessActions('a', [], existing([], []))).toStrictEqual(all.slice(0, 2)));
});

describe('revocations', () => {
  const gone = (half: string) => ({
    ...{ do: 'delete', at: 'hub', resource: 'rolebindings', namespace: 'berth-a--b', name: `berth-${half}` },
    uid: `uid of berth-a--b/berth-${half}`,
  });

  it('take both halves of a pair back, but no namespace', () =>
    expect(
      revocations(PAIRS, existing(['berth-a--b'], ['berth-a--b/berth-source', 'berth-a--b/berth-target'])),
    ).toStrictEqual([gone('source'), gone('target')]));

  it('take back what is there', () => {
    expect(revocations(PAIRS, existing([], ['berth-a--b/berth-target']))).toStrictEqual([gone('target')]);
    expect(revocations(PAIRS, existing([], []))).toEqual([]);
  });
});
