/** `NodePoolObservation`: room on the nodes of one pool, without Berth's delegates. */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';
import { StringMap, TaintSchema } from './common.ts';

const NodeRoomSchema = Type.Object({
  name: Type.String(),
  hostname: Type.Optional(Type.String({ description: 'Value of kubernetes.io/hostname where it is not the name.' })),
  room: Type.Record(Type.String(), Type.String(), {
    description: "Allocatable less the requests of all pods on the node that are not Berth's delegates.",
  }),
  ready: Type.Boolean(),
  cordoned: Type.Optional(Type.Boolean()),
});

const NodeShapeSchema = Type.Object({
  labels: StringMap,
  taints: Type.Optional(Type.Array(TaintSchema)),
  allocatable: StringMap,
  nodes: Type.Array(NodeRoomSchema),
});

export const NodePoolObservationSpecSchema = Type.Object({
  shapes: Type.Array(NodeShapeSchema, {
    description: 'Nodes alike in labels (without kubernetes.io/hostname), taints and allocatable share a shape.',
  }),
});

export type NodeRoom = Static<typeof NodeRoomSchema>;
export type NodeShape = Static<typeof NodeShapeSchema>;
export type NodePoolObservationSpec = Static<typeof NodePoolObservationSpecSchema>;
export interface NodePoolObservation extends KubeObject {
  spec: NodePoolObservationSpec;
}
