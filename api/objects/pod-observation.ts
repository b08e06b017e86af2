/** `PodObservation`: a proxy that wants a place; requests and constraints, never the manifest. Named by the proxy's UID. */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';
import { ConditionSchema, NodeSelectorTermSchema, PodReferenceSchema, StringMap, TolerationSchema } from './common.ts';

export const PodObservationSpecSchema = Type.Object({
  pod: PodReferenceSchema,
  requests: StringMap,
  priority: Type.Integer(),
  nodeSelector: Type.Optional(StringMap),
  nodeAffinity: Type.Optional(
    Type.Array(NodeSelectorTermSchema, { description: 'Terms of the required node affinity; one of them must match.' }),
  ),
  tolerations: Type.Optional(Type.Array(TolerationSchema)),
  clusterNames: Type.Optional(Type.Array(Type.String())),
  clusterSelector: Type.Optional(Type.String({ description: 'Label selector over Clusters, as kubectl -l takes it.' })),
});

export const PodObservationStatusSchema = Type.Object({
  conditions: Type.Optional(Type.Array(ConditionSchema)),
  clusters: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), reason: Type.String(), message: Type.String() }), {
      description: 'Why not, per cluster.',
    }),
  ),
});

export type PodObservationSpec = Static<typeof PodObservationSpecSchema>;
export type PodObservationStatus = Static<typeof PodObservationStatusSchema>;
export interface PodObservation extends KubeObject {
  spec: PodObservationSpec;
  status?: PodObservationStatus;
}
