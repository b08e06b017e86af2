/** One requirement on one label, shared by node affinity and label selectors. */
import type { LabelSelectorRequirement } from '../../api/index.ts';

const INTEGER = /^[+-]?\d+$/;

/** True if `value` (undefined: no such label) meets the requirement; an operator that nobody knows is never met. */
export function matchesRequirement({ operator, values = [] }: LabelSelectorRequirement, value: string | undefined) {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compare(value, values[0]) > 0;
    case 'Lt':
      return compare(value, values[0]) < 0;
    default:
      return false;
  }
}

/** NaN, which is neither greater nor less, if one of both is no integer. */
function compare(value: string | undefined, bound: string | undefined): number {
  if (value === undefined || bound === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return Number.NaN;
  return Number(value) - Number(bound);
}
