/** What refers to labels or to the pod's identity inside a pod must follow when a delegate's differ (docs/design.md, 6). */
import { DELEGATE, type LabelSelector, type PodSpec } from '../../api/index.ts';
import type { Renames } from './labels.ts';

type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of a JSON tree in which `rewrite` may replace the value of any key; undefined: look inside it. */
function rewriteTree<T>(tree: T, rewrite: (key: string, value: unknown) => unknown): T;
function rewriteTree(tree: unknown, rewrite: (key: string, value: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map((item) => rewriteTree(item, rewrite));
  if (!isObject(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, rewrite(key, value) ?? rewriteTree(value, rewrite)]),
  );
}

/**
 * Only the pod's own keys are renamed: a selector for another key means pods that are no delegates (a key that both
 * carry can be read either way; replicas of the same workload are the usual case).
 */
function renameSelector(selector: LabelSelector, rename: (key: string) => string): LabelSelector {
  const { matchLabels, matchExpressions } = selector;
  return {
    ...selector,
    ...(matchLabels && {
      matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [rename(key), value])),
    }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map((requirement) => ({ ...requirement, key: rename(requirement.key) })),
    }),
  };
}

const LABEL_PATH = /^metadata\.labels\['(.+)'\]$/;

/**
 * Who asks for its name or UID means the pod that was submitted, by which its own cluster knows it (Argo's wait
 * container, leader elections, Jobs): the delegate has both as annotations, and those can be referred to everywhere
 * that the originals can.
 */
function renamePath(path: string, rename: (key: string) => string): string {
  if (path === 'metadata.name') return `metadata.annotations['${DELEGATE.proxyName}']`;
  if (path === 'metadata.uid') return `metadata.annotations['${DELEGATE.proxyUid}']`;
  const label = LABEL_PATH.exec(path)?.[1];
  return label === undefined ? path : `metadata.labels['${rename(label)}']`;
}

/**
 * The spec with every reference adapted: `fieldRef`s in environments and downward API volumes, label selectors and
 * label keys of pod affinity, anti-affinity and spread constraints. A volume of all labels shows the delegate's.
 */
export function followRenames(spec: PodSpec, renames: Renames): PodSpec {
  const rename = (key: string) => renames.get(key) ?? key;
  const fields = (key: string, value: unknown) => {
    if (key !== 'fieldRef' || !isObject(value) || typeof value['fieldPath'] !== 'string') return undefined;
    return { ...value, fieldPath: renamePath(value['fieldPath'], rename) };
  };
  const selectors = (key: string, value: unknown) => {
    if (key === 'labelSelector' && isObject(value)) return renameSelector(value, rename);
    if (key !== 'matchLabelKeys' && key !== 'mismatchLabelKeys') return undefined;
    return Array.isArray(value) ? value.map((item) => rename(String(item))) : undefined;
  };
  const withEnv = <C extends { env?: unknown }>(container: C): C =>
    container.env === undefined ? container : { ...container, env: rewriteTree(container.env, fields) };
  return {
    ...spec,
    containers: spec.containers.map(withEnv),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(withEnv) }),
    ...(spec.volumes && { volumes: rewriteTree(spec.volumes, fields) }),
    ...(spec.affinity && { affinity: rewriteTree(spec.affinity, selectors) }),
    ...(spec.topologySpreadConstraints && {
      topologySpreadConstraints: rewriteTree(spec.topologySpreadConstraints, selectors),
    }),
  };
}
