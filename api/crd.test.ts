import { describe, expect, it } from 'vitest';
import { customResourceDefinition, customResourceDefinitions, type OurResource } from './crd.ts';
import { RESOURCES } from './resources.ts';
import type { StructuralSchema } from './structural.ts';

const versionOf = (plural: OurResource) => customResourceDefinition(plural).spec.versions[0];
const rootOf = (plural: OurResource): StructuralSchema | undefined => versionOf(plural)?.schema.openAPIV3Schema;
const rulesOf = (plural: OurResource) =>
  Object.entries(rootOf(plural)?.properties?.['spec']?.properties ?? {}).flatMap(([field, schema]) =>
    (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) => [field, rule, message]),
  );
const unchanged = (field: string) => [field, 'self == oldSelf', `${field} cannot be changed`];

const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const WITH_STATUS: OurResource[] = ['clusters', 'podobservations', 'poddelegations'];
const ALL: OurResource[] = [
  'clusters',
  'clusterobservations',
  'nodepoolobservations',
  'podobservations',
  'poddecisions',
  'poddelegations',
];

describe('customResourceDefinition', () => {
  it('is whole', () => {
    expect(customResourceDefinition('clusterobservations')).toStrictEqual({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'clusterobservations.multicluster.admiralty.io' },
      spec: {
        group: 'multicluster.admiralty.io',
        scope: 'Namespaced',
        names: {
          kind: 'ClusterObservation',
          listKind: 'ClusterObservationList',
          plural: 'clusterobservations',
          singular: 'clusterobservation',
          shortNames: ['cobs'],
          categories: ['berth'],
        },
        versions: [
          {
            name: 'v1alpha1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: OBSERVATION },
            additionalPrinterColumns: [
              { name: 'Kubernetes', type: 'string', jsonPath: '.spec.kubernetesVersion' },
              { name: 'Berth', type: 'string', jsonPath: '.spec.berthVersion' },
              { name: 'Node Address', type: 'string', jsonPath: '.spec.nodeAddress', priority: 1 },
              AGE,
            ],
          },
        ],
      },
    });
  });

  it.each(ALL)('of %s has a status of its own only where somebody writes one', (plural) => {
    const has = WITH_STATUS.includes(plural);
    expect(versionOf(plural)?.subresources).toEqual(has ? { status: {} } : undefined);
    expect(Object.keys(rootOf(plural)?.properties ?? {})).toEqual([
      ...['apiVersion', 'kind', 'metadata', 'spec'],
      ...(has ? ['status'] : []),
    ]);
    expect(rootOf(plural)?.required).toEqual(['spec']);
  });

  it.each(ALL)('of %s keeps one entry in managedFields for spec and for status', (plural) => {
    const { spec, status } = rootOf(plural)?.properties ?? {};
    expect(spec).toMatchObject({ type: 'object', 'x-kubernetes-map-type': 'atomic' });
    if (status !== undefined) expect(status).toMatchObject({ type: 'object', 'x-kubernetes-map-type': 'atomic' });
  });

  it.each(ALL)('of %s shows the age last, and no column twice', (plural) => {
    const columns = versionOf(plural)?.additionalPrinterColumns ?? [];
    expect(columns.at(-1)).toEqual(AGE);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  });

  it('has a rule over the whole object for the names of clusters alone', () => {
    const ruled = ALL.filter((plural) => 'x-kubernetes-validations' in (rootOf(plural) ?? {}));
    expect(ruled).toEqual(['clusters']);
    expect(rootOf('clusters')?.['x-kubernetes-validations']).toEqual([
      {
        rule: "self.metadata.name.size() <= 27 && self.metadata.name.matches('^[a-z0-9]+(-[a-z0-9]+)*$') && self.metadata.name != 'system'",
        message: 'the name of a cluster is a DNS label of at most 27 characters without "--", and not system',
      },
    ]);
  });

  it.each<[plural: OurResource, rules: string[][]]>([
    ['clusters', []],
    ['clusterobservations', []],
    ['nodepoolobservations', []],
    ['podobservations', [unchanged('pod')]],
    ['poddecisions', [unchanged('pod')]],
    [
      'poddelegations',
      [
        ...['pod', 'source', 'target', 'attempt', 'delegate', 'manifest'].map(unchanged),
        ['desired', "oldSelf != 'Gone' || self == 'Gone'", 'what is to be gone cannot be wanted again'],
      ],
    ],
  ])('of %s keeps what must not change', (plural, rules) => {
    expect(rulesOf(plural)).toEqual(rules);
  });

  it('is made anew each time: who changes one changes no other', () => {
    const first = customResourceDefinition('poddelegations');
    first.spec.versions.length = 0;
    expect(customResourceDefinition('poddelegations').spec.versions).toHaveLength(1);
  });
});

const OBSERVATION = {
  type: 'object',
  description: 'What an agent says of its cluster as a whole.',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        kubernetesVersion: { type: 'string' },
        berthVersion: { type: 'string' },
        nodeAddress: { type: 'string', description: 'Address that virtual nodes of this cluster carry.' },
        streams: {
          type: 'object',
          description: 'Where sources reach the agent without the relay.',
          properties: {
            server: { type: 'string', description: 'https://host:port' },
            ca: { type: 'string', description: 'PEM of the authority of its certificate.' },
          },
          required: ['server', 'ca'],
        },
      },
      required: ['kubernetesVersion', 'berthVersion'],
      'x-kubernetes-map-type': 'atomic',
    },
  },
};

it('defines all kinds of ours, in the order of the table', () => {
  expect(customResourceDefinitions()).toEqual(ALL.map(customResourceDefinition));
  expect(Object.keys(RESOURCES).filter((plural) => ALL.some((ours) => ours === plural))).toEqual(ALL);
});
