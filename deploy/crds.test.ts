import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinition, customResourceDefinitions, type OurResource } from '../api/crd.ts';
import { GROUP, isClusterName } from '../api/names.ts';
import { ClusterSpecSchema } from '../api/objects/cluster.ts';
import { ClusterObservationSpecSchema } from '../api/objects/cluster-observation.ts';
import { NodePoolObservationSpecSchema } from '../api/objects/node-pool-observation.ts';
import { PodDecisionSpecSchema } from '../api/objects/pod-decision.ts';
import { PodDelegationSpecSchema } from '../api/objects/pod-delegation.ts';
import { PodObservationSpecSchema } from '../api/objects/pod-observation.ts';
import { RESOURCES } from '../api/resources.ts';
import { type StructuralSchema, structural } from '../api/structural.ts';
import { SAMPLES } from './crds.samples.ts';
import { CRDS_FOLDER, crdFiles } from './crds.ts';

const SPECS: Record<OurResource, TSchema> = {
  clusters: ClusterSpecSchema,
  clusterobservations: ClusterObservationSpecSchema,
  nodepoolobservations: NodePoolObservationSpecSchema,
  podobservations: PodObservationSpecSchema,
  poddecisions: PodDecisionSpecSchema,
  poddelegations: PodDelegationSpecSchema,
};

const specOf = (plural: OurResource): StructuralSchema | undefined =>
  customResourceDefinition(plural).spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];

describe('the files in deploy/crds', () => {
  it('are what the schemas say', async () => {
    const files = crdFiles();
    expect((await readdir(CRDS_FOLDER)).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) expect(await readFile(join(CRDS_FOLDER, name), 'utf8'), name).toBe(text);
  });

  it('parse to the same definitions', () => {
    expect([...crdFiles().values()].map((text) => parse(text))).toEqual(customResourceDefinitions());
  });
});

describe('customResourceDefinitions', () => {
  it('has every kind of our group', () => {
    const ours = Object.entries(RESOURCES).filter(([, { group }]) => group === GROUP);
    const kinds = customResourceDefinitions().map(({ spec }) => [spec.names.plural, spec.names.kind, spec.scope]);
    expect(kinds).toEqual(ours.map(([plural, r]) => [plural, r.kind, r.namespaced ? 'Namespaced' : 'Cluster']));
  });

  it('gives no two kinds the same short name', () => {
    const names = customResourceDefinitions().flatMap(({ spec }) => spec.names.shortNames);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names a cluster as isClusterName does', () => {
    const root = customResourceDefinition('clusters').spec.versions[0]?.schema.openAPIV3Schema;
    const rule = root?.['x-kubernetes-validations']?.[0]?.rule ?? '';
    const pattern = new RegExp(/matches\('(.*)'\)/.exec(rule)?.[1] ?? 'none');
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '9', '-', '.', 'A'), maxLength: 30 });
    fc.assert(fc.property(name, (text) => (text.length <= 27 && pattern.test(text)) === isClusterName(text)));
    expect(rule).toContain("!= 'system'");
    expect(isClusterName('system')).toBe(false);
  });

  it('has a column only for what the schema has', () => {
    for (const { spec } of customResourceDefinitions()) {
      const root = spec.versions[0]?.schema.openAPIV3Schema;
      for (const { jsonPath } of spec.versions[0]?.additionalPrinterColumns ?? []) {
        if (!jsonPath.startsWith('.metadata')) expect(hasPath(root, jsonPath), jsonPath).toBe(true);
      }
    }
  });
});

/** Follows a JSONPath of field names, `[*]` and `[?(…)]`; anything may lie beneath an object whose fields are kept. */
function hasPath(schema: StructuralSchema | undefined, path: string): boolean {
  const step = /^\.?(\w+|\[.*?\])/.exec(path);
  if (schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] || step?.[1] === undefined)
    return schema !== undefined && (path === '' || schema['x-kubernetes-preserve-unknown-fields'] === true);
  const next = step[1].startsWith('[') ? schema.items : schema.properties?.[step[1]];
  return hasPath(next, path.slice(step[0].length));
}

describe('samples', () => {
  it.each(Object.entries(SAMPLES))('%s fit the schemas', (plural, sample) => {
    expect(Check(SPECS[plural as OurResource], sample.spec)).toBe(true);
  });

  it.each(Object.entries(SAMPLES))('%s lack something when a required field is taken away', (plural, sample) => {
    const required = specOf(plural as OurResource)?.required ?? [];
    expect(required.length).toBeGreaterThan(0);
    for (const field of required) {
      const { [field]: _, ...rest } = sample.spec as unknown as Record<string, unknown>;
      expect(Check(SPECS[plural as OurResource], rest), field).toBe(false);
    }
  });
});

describe('structural', () => {
  it('keeps unknown fields of raw objects', () => {
    const status = customResourceDefinition('poddelegations').spec.versions[0]?.schema.openAPIV3Schema;
    expect(status?.properties?.['status']?.properties?.['pod']).toEqual({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });

  it.each([
    [{ type: 'null' }],
    [{ anyOf: [{ type: 'string' }] }],
    [{ type: 'object', patternProperties: { '^a$': { type: 'string' } } }],
  ])('refuses %j', (schema) => {
    expect(() => structural(schema)).toThrow();
  });
});
