/** Label selectors as `kubectl -l` takes them: `a=b, c!=d, e in (f,g), h notin (i), j, !k, l>1, m<2`. */
import type { LabelSelectorRequirement } from './kubernetes.ts';

export type Selector = { ok: true; requirements: LabelSelectorRequirement[] } | { ok: false; error: string };

const KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;
const EQUALITY: [RegExp, string][] = [
  [/^([^=!<>\s]+)\s*(?:==|=)\s*([^=!<>\s]*)$/, 'In'],
  [/^([^=!<>\s]+)\s*!=\s*([^=!<>\s]*)$/, 'NotIn'],
  [/^([^=!<>\s]+)\s*>\s*([+-]?\d+)$/, 'Gt'],
  [/^([^=!<>\s]+)\s*<\s*([+-]?\d+)$/, 'Lt'],
];

/** The text of each requirement: a comma inside parentheses separates values, any other one requirements. */
export const splitSelector = (text: string): string[] => text.split(/,(?![^(]*\))/);

/** The requirements of a selector, all of which must hold; empty text selects everything. */
export function parseSelector(text: string): Selector {
  const requirements: LabelSelectorRequirement[] = [];
  if (text.trim() === '') return { ok: true, requirements };
  for (const part of splitSelector(text)) {
    const requirement = parseRequirement(part.trim());
    const error = requirement === undefined ? `cannot read "${part.trim()}"` : faultOf(requirement);
    if (requirement === undefined || error !== undefined) return { ok: false, error: error ?? '' };
    requirements.push(requirement);
  }
  return { ok: true, requirements };
}

function parseRequirement(text: string): LabelSelectorRequirement | undefined {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    return {
      key,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: values.split(',').map((value) => value.trim()),
    };
  }
  const absent = /^!\s*(\S+)$/.exec(text);
  if (absent !== null) return { key: absent[1] ?? '', operator: 'DoesNotExist' };
  for (const [pattern, operator] of EQUALITY) {
    const match = pattern.exec(text);
    if (match !== null) return { key: match[1] ?? '', operator, values: [match[2] ?? ''] };
  }
  return /^[^\s=!<>()]+$/.test(text) ? { key: text, operator: 'Exists' } : undefined;
}

function faultOf({ key, operator, values = [] }: LabelSelectorRequirement): string | undefined {
  if (!KEY.test(key)) return `"${key}" is no label key`;
  if (operator === 'Gt' || operator === 'Lt') return undefined;
  const bad = values.find((value) => !VALUE.test(value));
  return bad === undefined ? undefined : `"${bad}" is no label value`;
}
