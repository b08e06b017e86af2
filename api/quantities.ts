/**
 * Kubernetes quantities (`100m`, `1.5Gi`, `2e3`) as integers: CPU in millicores, everything else in whole units
 * (bytes, slots, devices), rounded up as kube-scheduler does.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
import type { ResourceList } from './kubernetes.ts';

/** Amounts by resource name, in the integer units named above. */
export type Amounts = Record<string, number>;

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/;

const FACTOR: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Value of a quantity in its base unit; undefined if the text is no quantity. */
export function parseQuantity(text: string): number | undefined {
  const match = QUANTITY.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = '', exponent, suffix] = match;
  if (exponent !== undefined) return Number(digits + exponent);
  return Number(digits) * (suffix === undefined ? 1 : (FACTOR[suffix] ?? Number.NaN));
}

/** A quantity in the integer units of Amounts; 0 for text that is no quantity (the API server lets none through). */
export function toAmount(resource: string, quantity: string): number {
  const value = parseQuantity(quantity) ?? 0;
  // 16.1 * 1000 is 16100.000000000002 in binary: round such dust away before rounding up.
  const scaled = resource === 'cpu' ? value * 1000 : value;
  const nearest = Math.round(scaled);
  const dust = Math.max(1e-6, Math.abs(scaled) * 4 * Number.EPSILON);
  return Math.abs(scaled - nearest) < dust ? nearest : Math.ceil(scaled);
}

/** The shortest usual text for an amount: `250m`, `2`, `512Mi`, `1000`. */
export function formatAmount(resource: string, amount: number): string {
  if (resource === 'cpu') return amount % 1000 === 0 ? String(amount / 1000) : `${amount}m`;
  if (resource !== 'memory' && resource !== 'ephemeral-storage' && !resource.startsWith('hugepages-'))
    return String(amount);
  for (const unit of ['Gi', 'Mi', 'Ki']) {
    const factor = FACTOR[unit] ?? 1;
    if (amount !== 0 && amount % factor === 0) return `${amount / factor}${unit}`;
  }
  return String(amount);
}

export function toAmounts(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = {};
  for (const [resource, quantity] of Object.entries(list ?? {}))
    amounts[resource] = toAmount(resource, String(quantity));
  return amounts;
}

export function toResourceList(amounts: Amounts): ResourceList {
  const list: ResourceList = {};
  for (const resource of Object.keys(amounts).sort()) list[resource] = formatAmount(resource, amounts[resource] ?? 0);
  return list;
}

/** Adds `more` to `sum` in place. */
export function addAmounts(sum: Amounts, more: Amounts, times = 1): Amounts {
  for (const [resource, amount] of Object.entries(more)) sum[resource] = (sum[resource] ?? 0) + amount * times;
  return sum;
}

/** The greater of both, per resource, in place. */
export function maxAmounts(greatest: Amounts, other: Amounts): Amounts {
  for (const [resource, amount] of Object.entries(other))
    greatest[resource] = Math.max(greatest[resource] ?? 0, amount);
  return greatest;
}
