/**
 * `PodDelegation`: what a source and a target share about one pod. The source writes what is wanted (spec), the target
 * what is (status); the target deletes the object once `desired: Gone` is done, which is the confirmation.
 */
import { type Static, Type } from 'typebox';
import type { KubeObject, PodStatus } from '../kubernetes.ts';
import { ConditionSchema, PodReferenceSchema, Raw, StringMap } from './common.ts';

const AmendmentSchema = Type.Object({
  of: Type.Union([Type.Literal('labels'), Type.Literal('annotations')]),
  key: Type.String(),
  value: Type.Optional(Type.String({ description: 'Left out: taken away.' })),
});

const FollowedSchema = Type.Object({
  kind: Type.Union([Type.Literal('ConfigMap'), Type.Literal('Secret')]),
  name: Type.String(),
});

export const PodDelegationSpecSchema = Type.Object({
  pod: PodReferenceSchema,
  source: Type.String(),
  target: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  delegate: Type.Object({ namespace: Type.String(), name: Type.String() }),
  manifest: Type.String({ description: "The original pod as JSON, with the proxy's name and namespace." }),
  follow: Type.Optional(
    Type.Array(FollowedSchema, { description: 'What the pod refers to, copies of which are made for the delegate.' }),
  ),
  desired: Type.Union([Type.Literal('Run'), Type.Literal('Stop'), Type.Literal('Gone')]),
  gracePeriodSeconds: Type.Optional(
    Type.Integer({ description: "The proxy's grace, when it is deleted; that of a step that is to be killed." }),
  ),
  amendments: Type.Optional(
    Type.Array(AmendmentSchema, {
      description: "Labels and annotations that the proxy's owner changed after the delegation was made.",
    }),
  ),
});

const WarningSchema = Type.Object({
  reason: Type.String(),
  message: Type.String(),
  at: Type.String({ format: 'date-time', description: "When it was told, by the target's clock." }),
});

const TaskResultSchema = Type.Object(
  {
    completed: Type.Boolean({ description: 'Nothing is added any more.' }),
    content: Raw,
    refused: Type.Optional(Type.String({ description: 'Why the content is not here.' })),
  },
  { description: 'What the delegate of an Argo workflow reported: phase, message, progress, outputs.' },
);

export const PodDelegationStatusSchema = Type.Object({
  observedGeneration: Type.Optional(Type.Integer()),
  conditions: Type.Optional(
    Type.Array(ConditionSchema, {
      description:
        'Refused=True: no delegate of this attempt is there or will be. Scheduled=False: it is there and finds no node.',
    }),
  ),
  delegate: Type.Optional(Type.Object({ uid: Type.String(), node: Type.Optional(Type.String()) })),
  pod: Type.Optional(Raw),
  annotations: Type.Optional(StringMap),
  warnings: Type.Optional(
    Type.Array(WarningSchema, { description: 'Warning Events about the delegate, each once; only added to.' }),
  ),
  taskResult: Type.Optional(TaskResultSchema),
});

export type Warning = Static<typeof WarningSchema>;
/** An object of the proxy's namespace that the pod refers to. */
export type Followed = Static<typeof FollowedSchema>;
export type Amendment = Static<typeof AmendmentSchema>;
export type PodDelegationSpec = Static<typeof PodDelegationSpecSchema>;
/** `content` holds the fields of an Argo result that are neither its metadata nor its kind. */
export type TaskResult = Omit<Static<typeof TaskResultSchema>, 'content'> & { content: Record<string, unknown> };
export type PodDelegationStatus = Omit<Static<typeof PodDelegationStatusSchema>, 'pod' | 'taskResult'> & {
  pod?: PodStatus;
  taskResult?: TaskResult;
};
export interface PodDelegation extends KubeObject {
  spec: PodDelegationSpec;
  status?: PodDelegationStatus;
}

/** The condition by which a target says that this attempt will not run; undefined while it may. */
export const refusalOf = (delegation: PodDelegation) =>
  delegation.status?.conditions?.find((condition) => condition.type === 'Refused' && condition.status === 'True');

/** The condition by which a target says why its scheduler has no node for the delegate; undefined otherwise. */
export const unscheduledOf = (delegation: PodDelegation) =>
  delegation.status?.conditions?.find((condition) => condition.type === 'Scheduled' && condition.status === 'False');
