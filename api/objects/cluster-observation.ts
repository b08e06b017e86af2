/** `ClusterObservation`: what an agent says of its cluster as a whole. */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';

export const ClusterObservationSpecSchema = Type.Object({
  kubernetesVersion: Type.String(),
  berthVersion: Type.String(),
  nodeAddress: Type.Optional(Type.String({ description: 'Address that virtual nodes of this cluster carry.' })),
});

export type ClusterObservationSpec = Static<typeof ClusterObservationSpecSchema>;
export interface ClusterObservation extends KubeObject {
  spec: ClusterObservationSpec;
}
