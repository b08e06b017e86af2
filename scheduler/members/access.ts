/** Namespaces of members and pairs on the hub, and who may do what in them. */
import {
  type Action,
  type KubeObject,
  MANAGED_BY,
  memberNamespace,
  pairNamespace,
  SYSTEM_NAMESPACE,
} from '../../api/index.ts';

/** Roles that `berth up` installs on the hub. */
const ROLE = { member: 'berth-hub-member', source: 'berth-hub-source', target: 'berth-hub-target' } as const;

export interface Pair {
  source: string;
  target: string;
}

/** What is there already. */
export interface Existing {
  namespace(name: string): boolean;
  /** UID of the binding of that `namespace/name`. */
  roleBinding(key: string): string | undefined;
}

/** What is missing for a member and the pairs that it is in. */
export function accessActions(member: string, pairs: Pair[], existing: Existing): Action[] {
  const own = memberNamespace(member);
  return [
    ...namespaceActions(own, existing),
    ...bindingActions(own, 'member', member, existing),
    ...pairs.flatMap(({ source, target }) => {
      const shared = pairNamespace(source, target);
      return [
        ...namespaceActions(shared, existing),
        ...bindingActions(shared, 'source', source, existing),
        ...bindingActions(shared, 'target', target, existing),
      ];
    }),
  ];
}

/** Takes both halves of pairs back. Their namespaces stay: whoever may remove namespaces may remove everything. */
export const revocations = (pairs: Pair[], existing: Existing): Action[] =>
  pairs.flatMap(({ source, target }) =>
    (['source', 'target'] as const).flatMap((half): Action[] => {
      const namespace = pairNamespace(source, target);
      const name = `berth-${half}`;
      const uid = existing.roleBinding(`${namespace}/${name}`);
      return uid === undefined ? [] : [{ do: 'delete', at: 'hub', resource: 'rolebindings', namespace, name, uid }];
    }),
  );

function namespaceActions(name: string, existing: Existing): Action[] {
  if (existing.namespace(name)) return [];
  const object: KubeObject = { metadata: { name, labels: MANAGED_BY } };
  return [{ do: 'create', at: 'hub', resource: 'namespaces', object }];
}

function bindingActions(namespace: string, as: keyof typeof ROLE, member: string, existing: Existing): Action[] {
  const name = `berth-${as}`;
  if (existing.roleBinding(`${namespace}/${name}`) !== undefined) return [];
  const object: KubeObject & Record<'roleRef' | 'subjects', unknown> = {
    metadata: { name, namespace, labels: MANAGED_BY },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ROLE[as] },
    subjects: [{ kind: 'ServiceAccount', name: `agent-${member}`, namespace: SYSTEM_NAMESPACE }],
  };
  return [{ do: 'create', at: 'hub', resource: 'rolebindings', object }];
}
