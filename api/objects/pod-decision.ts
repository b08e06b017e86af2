/**
 * `PodDecision`: where the delegate of a proxy goes. Named by the proxy's UID in the source's namespace, so that of two
 * schedulers' creates one fails; a further attempt is an update by resourceVersion.
 */
import { type Static, Type } from 'typebox';
import type { KubeObject } from '../kubernetes.ts';
import { PodReferenceSchema } from './common.ts';

const PassedOverSchema = Type.Object({
  cluster: Type.String(),
  reason: Type.String(),
  message: Type.String(),
  until: Type.String({ format: 'date-time', description: "By the scheduler's clock, which alone reads it." }),
});

export const PodDecisionSpecSchema = Type.Object({
  pod: PodReferenceSchema,
  attempt: Type.Integer({ minimum: 1 }),
  target: Type.Optional(Type.String({ description: 'Left out while no cluster fits the next attempt.' })),
  node: Type.Optional(Type.String({ description: 'Node of the target whose room the scheduler counts as taken.' })),
  passedOver: Type.Optional(
    Type.Array(PassedOverSchema, {
      description: 'Clusters that refused an attempt, and until when they are not asked.',
    }),
  ),
});

export type PassedOver = Static<typeof PassedOverSchema>;
export type PodDecisionSpec = Static<typeof PodDecisionSpecSchema>;
export interface PodDecision extends KubeObject {
  spec: PodDecisionSpec;
}
