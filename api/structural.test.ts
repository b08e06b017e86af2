import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { type StructuralSchema, structural } from './structural.ts';

const described = { description: 'what it is' };

describe('structural', () => {
  it.each<[what: string, schema: object, form: StructuralSchema]>([
    ['text', Type.String(), { type: 'string' }],
    [
      'text with description and format',
      Type.String({ ...described, format: 'date-time' }),
      {
        type: 'string',
        ...described,
        format: 'date-time',
      },
    ],
    ['a whole number', Type.Integer(), { type: 'integer' }],
    ['a bounded number', Type.Integer({ minimum: 0 }), { type: 'integer', minimum: 0 }],
    ['a boolean', Type.Boolean(described), { type: 'boolean', ...described }],
    [
      'a choice of texts',
      Type.Union([Type.Literal('A'), Type.Literal('B')], described),
      {
        type: 'string',
        ...described,
        enum: ['A', 'B'],
      },
    ],
    [
      'a list',
      Type.Array(Type.Integer({ minimum: 1 }), described),
      {
        type: 'array',
        ...described,
        items: { type: 'integer', minimum: 1 },
      },
    ],
    [
      'a map',
      Type.Record(Type.String(), Type.Integer(), described),
      {
        type: 'object',
        ...described,
        additionalProperties: { type: 'integer' },
      },
    ],
    [
      'an object of which nothing is known',
      Type.Unknown(described),
      {
        type: 'object',
        ...described,
        'x-kubernetes-preserve-unknown-fields': true,
      },
    ],
    [
      'an object',
      Type.Object({ a: Type.String(), b: Type.Optional(Type.Boolean()) }, described),
      {
        type: 'object',
        ...described,
        properties: { a: { type: 'string' }, b: { type: 'boolean' } },
        required: ['a'],
      },
    ],
    [
      'an object of optional fields',
      Type.Object({ a: Type.Optional(Type.String()) }),
      {
        type: 'object',
        properties: { a: { type: 'string' } },
      },
    ],
    [
      'an object within',
      Type.Object({ a: Type.Object({ b: Type.Array(Type.Unknown()) }) }),
      {
        type: 'object',
        properties: {
          a: {
            type: 'object',
            properties: {
              b: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
            required: ['b'],
          },
        },
        required: ['a'],
      },
    ],
    ['an object without fields', { type: 'object' }, { type: 'object', properties: {} }],
  ])('says %s', (_, schema, form) => {
    expect(structural(schema)).toStrictEqual(form);
  });

  it.each([
    ['a type that is none of ours', Type.Number(), 'no structural form for {"type":"number"}'],
    ['null', Type.Null(), 'no structural form for {"type":"null"}'],
    ['a list of who knows what', { type: 'array' }, 'no structural form for {"type":"array"}'],
    ['items of what is no list', { type: 'tuple', items: {} }, 'no structural form for {"type":"tuple","items":{}}'],
    [
      'a choice of numbers',
      Type.Union([Type.Literal('A'), Type.Literal(1)]),
      'not a string literal in a union: {"type":"number","const":1}',
    ],
    [
      'a map of numbered keys',
      { type: 'object', patternProperties: { '^[0-9]$': { type: 'string' } } },
      'only records with any string as key: {"^[0-9]$":{"type":"string"}}',
    ],
    [
      'a map of two kinds',
      { type: 'object', patternProperties: { '^.*$': { type: 'string' }, '^b': { type: 'string' } } },
      'only records with any string as key: {"^.*$":{"type":"string"},"^b":{"type":"string"}}',
    ],
    ['a map of no kind', { type: 'object', patternProperties: {} }, 'only records with any string as key: {}'],
  ])('throws rather than lose %s', (_, schema, message) => {
    expect(() => structural(schema)).toThrow(new Error(message));
  });

  it('throws at what is wrong deep within', () => {
    expect(() => structural(Type.Object({ a: Type.Array(Type.Number()) }))).toThrow('no structural form');
  });
});
