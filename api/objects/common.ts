/** Pieces that several of our kinds share. */
import { Type } from 'typebox';

export const StringMap = Type.Record(Type.String(), Type.String());

/** Raw JSON of Kubernetes that we pass on or match against without owning its shape. */
export const Raw = Type.Unknown();

const DIRECT = {
  server: Type.String({ description: 'https://host:port' }),
  ca: Type.String({ description: 'PEM of the authority of its certificate.' }),
};

/** Where an agent is reached for streams without the relay. */
export const DirectSchema = Type.Object(DIRECT, { description: 'Where sources reach the agent without the relay.' });
export const DirectTargetSchema = Type.Object({ name: Type.String(), ...DIRECT });

export const ConditionSchema = Type.Object({
  type: Type.String(),
  status: Type.Union([Type.Literal('True'), Type.Literal('False'), Type.Literal('Unknown')]),
  reason: Type.String(),
  message: Type.String(),
  lastTransitionTime: Type.Optional(Type.String({ format: 'date-time' })),
  observedGeneration: Type.Optional(Type.Integer()),
});

/** Which pod of the source this is about: the UID is its identity, the names are for people. */
export const PodReferenceSchema = Type.Object({
  namespace: Type.String(),
  name: Type.String(),
  uid: Type.String(),
});

export const TaintSchema = Type.Object({
  key: Type.String(),
  value: Type.Optional(Type.String()),
  effect: Type.String(),
});

export const TolerationSchema = Type.Object({
  key: Type.Optional(Type.String()),
  operator: Type.Optional(Type.String()),
  value: Type.Optional(Type.String()),
  effect: Type.Optional(Type.String()),
  tolerationSeconds: Type.Optional(Type.Integer()),
});

const RequirementSchema = Type.Object({
  key: Type.String(),
  operator: Type.String(),
  values: Type.Optional(Type.Array(Type.String())),
});

export const NodeSelectorTermSchema = Type.Object({
  matchExpressions: Type.Optional(Type.Array(RequirementSchema)),
  matchFields: Type.Optional(Type.Array(RequirementSchema)),
});
