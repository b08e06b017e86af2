/**
 * TypeBox schemas as structural OpenAPI v3 schemas, the form that a CustomResourceDefinition takes.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */

/** A CEL rule that the API server holds an object to. */
export interface CelRule {
  rule: string;
  message: string;
}

export interface StructuralSchema {
  type: string;
  description?: string;
  format?: string;
  enum?: string[];
  minimum?: number;
  properties?: Record<string, StructuralSchema>;
  required?: string[];
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-map-type'?: 'atomic';
  'x-kubernetes-validations'?: CelRule[];
}

/** The keywords that our schemas use; TypeBox writes plain JSON Schema. */
interface JsonSchema {
  type?: string;
  description?: string;
  format?: string;
  minimum?: number;
  anyOf?: JsonSchema[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  required?: string[];
}

/**
 * The structural form of a TypeBox schema. Unions of string literals become an enum, records a map; a schema without
 * type (`Type.Unknown`) becomes an object whose fields are kept as they come.
 * Throws on what a structural schema cannot say, so that no constraint is lost in silence.
 */
export function structural(schema: object): StructuralSchema {
  const { type, description, format, minimum, anyOf, properties, patternProperties, items, required }: JsonSchema =
    schema;
  const common = definedOnly({ description, format, minimum });
  if (anyOf !== undefined) return { type: 'string', ...common, enum: anyOf.map(literal) };
  if (patternProperties !== undefined) return { type: 'object', ...common, additionalProperties: values(schema) };
  if (type === undefined) return { type: 'object', ...common, 'x-kubernetes-preserve-unknown-fields': true };
  if (type === 'array' && items !== undefined) return { type, ...common, items: structural(items) };
  if (type === 'object') {
    const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, structural(field)] as const);
    return { type, ...common, properties: Object.fromEntries(fields), ...definedOnly({ required }) };
  }
  if (['string', 'integer', 'boolean'].includes(type)) return { type, ...common };
  throw new Error(`no structural form for ${JSON.stringify(schema)}`);
}

function literal(option: JsonSchema): string {
  if (typeof option.const === 'string') return option.const;
  throw new Error(`not a string literal in a union: ${JSON.stringify(option)}`);
}

function values({ patternProperties = {} }: JsonSchema): StructuralSchema {
  const [pattern, ...others] = Object.entries(patternProperties);
  if (pattern === undefined || pattern[0] !== '^.*$' || others.length > 0)
    throw new Error(`only records with any string as key: ${JSON.stringify(patternProperties)}`);
  return structural(pattern[1]);
}

/** The given fields that have a value: an explicit undefined is no absent field under exactOptionalPropertyTypes. */
function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof definedOnly<T>
  >;
}
