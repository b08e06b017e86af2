/** CustomResourceDefinitions of our kinds, made from the same schemas as their types. `npm run crds` writes the files. */
import type { TSchema } from 'typebox';
import type { KubeObject } from './kubernetes.ts';
import { GROUP, VERSION } from './names.ts';
import { ClusterSpecSchema, ClusterStatusSchema } from './objects/cluster.ts';
import { ClusterObservationSpecSchema } from './objects/cluster-observation.ts';
import { NodePoolObservationSpecSchema } from './objects/node-pool-observation.ts';
import { PodDecisionSpecSchema } from './objects/pod-decision.ts';
import { PodDelegationSpecSchema, PodDelegationStatusSchema } from './objects/pod-delegation.ts';
import { PodObservationSpecSchema, PodObservationStatusSchema } from './objects/pod-observation.ts';
import { RESOURCES, type ResourceName } from './resources.ts';
import { type CelRule, type StructuralSchema, structural } from './structural.ts';

/** The plurals of the kinds in our group. */
export type OurResource = Extract<
  ResourceName,
  'clusters' | 'clusterobservations' | 'nodepoolobservations' | 'podobservations' | 'poddecisions' | 'poddelegations'
>;

interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  /** 1 is shown by `kubectl get -o wide` only. */
  priority?: number;
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: Record<'kind' | 'listKind' | 'plural' | 'singular', string> & Record<'shortNames' | 'categories', string[]>;
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      schema: { openAPIV3Schema: StructuralSchema };
      subresources?: { status: object };
      additionalPrinterColumns: PrinterColumn[];
    }[];
  };
}

interface KindEntry {
  shortName: string;
  description: string;
  spec: TSchema;
  status?: TSchema;
  columns: PrinterColumn[];
  /** Fields of spec that keep the value of the object's creation. */
  immutable?: string[];
  /** Further rules by field of spec. */
  rules?: Record<string, CelRule>;
  /** A rule on the object as a whole, which alone sees its name. */
  rootRule?: CelRule;
}

const column = (name: string, jsonPath: string, type: PrinterColumn['type'] = 'string'): PrinterColumn => ({
  name,
  type,
  jsonPath,
});
const wide = (name: string, jsonPath: string): PrinterColumn => ({ ...column(name, jsonPath), priority: 1 });
const condition = (type: string, field: string): string => `.status.conditions[?(@.type=="${type}")].${field}`;

/** Whose pod it is; all kinds about pods begin with these. */
const POD_COLUMNS = [column('Pod Namespace', '.spec.pod.namespace'), column('Pod', '.spec.pod.name')];

const KINDS: Record<OurResource, KindEntry> = {
  clusters: {
    shortName: 'mc',
    description: 'A member of the fleet.',
    spec: ClusterSpecSchema,
    status: ClusterStatusSchema,
    columns: [
      column('Ready', condition('Ready', 'status')),
      column('Reason', condition('Ready', 'reason')),
      column('Roles', '.spec.roles'),
      column('Nodes', '.status.nodes', 'integer'),
      column('Kubernetes', '.status.kubernetesVersion'),
      wide('Accepts', '.spec.accept.sources'),
      wide('Namespaces', '.spec.accept.namespaces'),
    ],
    // isClusterName without lookahead, which CEL's regular expressions do not have.
    rootRule: {
      rule: "self.metadata.name.size() <= 27 && self.metadata.name.matches('^[a-z0-9]+(-[a-z0-9]+)*$') && self.metadata.name != 'system'",
      message: 'the name of a cluster is a DNS label of at most 27 characters without "--", and not system',
    },
  },
  clusterobservations: {
    shortName: 'cobs',
    description: 'What an agent says of its cluster as a whole.',
    spec: ClusterObservationSpecSchema,
    columns: [
      column('Kubernetes', '.spec.kubernetesVersion'),
      column('Berth', '.spec.berthVersion'),
      wide('Node Address', '.spec.nodeAddress'),
    ],
  },
  nodepoolobservations: {
    shortName: 'npobs',
    description: "Room on the nodes of one pool, without Berth's delegates.",
    spec: NodePoolObservationSpecSchema,
    columns: [],
  },
  podobservations: {
    shortName: 'pobs',
    description: 'A proxy that wants a place: requests and constraints, never the manifest.',
    spec: PodObservationSpecSchema,
    status: PodObservationStatusSchema,
    immutable: ['pod'],
    columns: [
      ...POD_COLUMNS,
      column('Decided', condition('Decided', 'status')),
      column('Reason', condition('Decided', 'reason')),
      column('Priority', '.spec.priority', 'integer'),
      wide('Message', condition('Decided', 'message')),
    ],
  },
  poddecisions: {
    shortName: 'pdec',
    description: 'Where the delegate of a proxy goes.',
    spec: PodDecisionSpecSchema,
    immutable: ['pod'],
    columns: [
      ...POD_COLUMNS,
      column('Target', '.spec.target'),
      column('Attempt', '.spec.attempt', 'integer'),
      wide('Node', '.spec.node'),
    ],
  },
  poddelegations: {
    shortName: 'pdel',
    description: 'What a source and a target share about one pod.',
    spec: PodDelegationSpecSchema,
    status: PodDelegationStatusSchema,
    immutable: ['pod', 'source', 'target', 'attempt', 'delegate', 'manifest'],
    rules: {
      desired: { rule: "oldSelf != 'Gone' || self == 'Gone'", message: 'what is to be gone cannot be wanted again' },
    },
    columns: [
      ...POD_COLUMNS,
      column('Source', '.spec.source'),
      column('Target', '.spec.target'),
      column('Desired', '.spec.desired'),
      column('Phase', '.status.pod.phase'),
      column('Node', '.status.delegate.node'),
      wide('Refused', condition('Refused', 'message')),
      wide('Delegate', '.spec.delegate.name'),
    ],
  },
};

/** The CustomResourceDefinition of one of our kinds. */
export function customResourceDefinition(plural: OurResource): CustomResourceDefinition {
  const { kind, namespaced } = RESOURCES[plural];
  const entry = KINDS[plural];
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames: [entry.shortName],
        categories: ['berth'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema(entry) },
          ...(entry.status === undefined ? {} : { subresources: { status: {} } }),
          additionalPrinterColumns: [...entry.columns, column('Age', '.metadata.creationTimestamp', 'date')],
        },
      ],
    },
  };
}

/** All of ours, in the order of RESOURCES. */
export const customResourceDefinitions = (): CustomResourceDefinition[] =>
  Object.keys(RESOURCES).filter(isOurs).map(customResourceDefinition);

const isOurs = (resource: string): resource is OurResource => Object.hasOwn(KINDS, resource);

function rootSchema(entry: KindEntry): StructuralSchema {
  return {
    type: 'object',
    description: entry.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: atomic(specSchema(entry)),
      ...(entry.status === undefined ? {} : { status: atomic(structural(entry.status)) }),
    },
    ...(entry.rootRule === undefined ? {} : { 'x-kubernetes-validations': [entry.rootRule] }),
  };
}

/**
 * Spec and status have one writer each, so nobody needs to know who set which field: the API server then keeps one entry
 * in managedFields for each, instead of one per field, in every write and every watch event.
 */
const atomic = (schema: StructuralSchema): StructuralSchema => ({ ...schema, 'x-kubernetes-map-type': 'atomic' });

function specSchema({ spec, immutable = [], rules = {} }: KindEntry): StructuralSchema {
  const schema = structural(spec);
  const byField = { ...rules };
  for (const field of immutable) byField[field] = { rule: 'self == oldSelf', message: `${field} cannot be changed` };
  for (const [field, rule] of Object.entries(byField)) {
    // A rule that compares with the old value is not run where there is none, and so sleeps on an optional field.
    if (schema.required?.includes(field) !== true) throw new Error(`a rule on ${field}, which is not required`);
    const property = schema.properties?.[field];
    if (property !== undefined) property['x-kubernetes-validations'] = [rule];
  }
  return schema;
}
