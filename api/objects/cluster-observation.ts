/** `ClusterObservation`: what an agent says of its cluster as a whole. */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';
import { DirectSchema } from './common.ts';

export const ClusterObservationSpecSchema = Type.Object({
  kubernetesVersion: Type.String(),
  berthVersion: Type.String(),
  nodeAddress: Type.Optional(Type.String({ description: 'Address that virtual nodes of this cluster carry.' })),
  streams: Type.Optional(DirectSchema),
});

export type ClusterObservationSpec = Static<typeof ClusterObservationSpecSchema>;
export type Direct = Static<typeof DirectSchema>;
export interface ClusterObservation extends KubeObject {
  spec: ClusterObservationSpec;
}
