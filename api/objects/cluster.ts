/** `Cluster`: a member of the fleet, as the admin wants it (spec) and as the scheduler sees it (status). */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';
import { ConditionSchema, DirectTargetSchema, StringMap } from './common.ts';

export const ClusterSpecSchema = Type.Object({
  uid: Type.Optional(
    Type.String({
      description: 'UID of the namespace kube-system of that cluster: which cluster the name stands for.',
    }),
  ),
  roles: Type.Array(Type.Union([Type.Literal('Source'), Type.Literal('Target')]), {
    description: 'What the member may be: where pods are created, where they run, or both.',
  }),
  accept: Type.Object({
    sources: Type.Array(Type.String(), { description: 'Clusters whose pods may run here; "*" is every cluster.' }),
    namespaces: Type.Array(Type.String(), {
      description: 'Namespaces that pods may run in; "*" is every one but kube-* and berth-*.',
    }),
    sharedNamespaces: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Namespaces that several other clusters may run pods in; "*" is every one. In all others, only the first may.',
      }),
    ),
    serviceAccounts: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Service accounts that pods of other clusters may use; "*" is every one. "default" if left out.',
      }),
    ),
    priorityClasses: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Priority classes that pods of other clusters may name; "*" is every one but system-*.',
      }),
    ),
  }),
});

export const ClusterStatusSchema = Type.Object({
  observedGeneration: Type.Optional(Type.Integer()),
  conditions: Type.Optional(Type.Array(ConditionSchema)),
  sources: Type.Optional(Type.Array(Type.String(), { description: 'Clusters that may send pods here.' })),
  targets: Type.Optional(Type.Array(Type.String(), { description: 'Clusters that accept pods from here.' })),
  offlineTargets: Type.Optional(
    Type.Array(Type.String(), { description: 'Those of them whose agent does not report; what runs there is kept.' }),
  ),
  directTargets: Type.Optional(
    Type.Array(DirectTargetSchema, {
      description: 'Those of them whose agent says how it is reached without the relay of streams.',
    }),
  ),
  room: Type.Optional(StringMap),
  nodes: Type.Optional(Type.Integer()),
  kubernetesVersion: Type.Optional(Type.String()),
});

export type ClusterSpec = Static<typeof ClusterSpecSchema>;
export type ClusterStatus = Static<typeof ClusterStatusSchema>;
export interface Cluster extends KubeObject {
  spec: ClusterSpec;
  status?: ClusterStatus;
}
