/** What is kept of a story under a real Argo: its requests, each with what had been seen before it. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/index.ts';
import type { Request } from './requests.ts';
import { lastOf, type Sighting } from './sightings.ts';
import type { States } from './states.ts';

export type Step = Omit<Request, 'at' | 'version'> & {
  /** How pods and results looked before it, as far as they had changed since the step before. */
  readonly seen: States;
};

export type Recording = {
  /** As its user submits it. */
  readonly workflow: KubeObject;
  readonly steps: readonly Step[];
  /** What became of each pod and result. */
  readonly end: States;
};

/** What stands for a name that is another one each time: `{uid:pod NAME}`, `{uid:workflow}`, `{namespace}`. */
export type Names = ReadonlyMap<string, string>;

/** Names by their placeholders. */
export const namesOf = (namespace: string, workflowUid: string, sightings: readonly Sighting[]): Names =>
  new Map([
    ['{namespace}', namespace],
    ['{uid:workflow}', workflowUid],
    ...sightings.map(({ key, uid }) => [`{uid:${key}}`, uid] as const),
  ]);

/** Puts placeholders where the names are, and noughts where identities of traces are. */
export function withPlaceholders<T>(value: T, names: Names): T {
  const pairs = [...names].map(([placeholder, name]) => [name, placeholder] as const);
  const text = JSON.stringify(replaced(value, pairs));
  return JSON.parse(text.replaceAll(/\b([0-9a-f]{32}|[0-9a-f]{16})\b/g, (id) => '0'.repeat(id.length))) as T;
}

/** The other way round. Throws if a placeholder is left. */
export function withNames<T>(value: T, names: Names): T {
  const result = replaced(value, [...names]);
  const left = /\{(namespace|uid:[^}]+)\}/.exec(JSON.stringify(result));
  if (left !== null) throw new Error(`nothing is known of ${left[0]}`);
  return result;
}

const replaced = <T>(value: T, pairs: readonly (readonly [string, string])[]): T =>
  JSON.parse(pairs.reduce((text, [from, to]) => text.replaceAll(from, to), JSON.stringify(value))) as T;

/** In the order in which they came. */
export function stepsOf(requests: readonly Request[], sightings: readonly Sighting[]): Step[] {
  let before: States = {};
  return [...requests]
    .sort((a, b) => a.at - b.at)
    .map((request) => {
      const { at, version, ...rest } = request;
      const first = version ?? effectOf(request, sightings)?.version;
      const then = lastOf(sightings.filter((seen) => (first === undefined ? seen.at <= at : seen.version < first)));
      const changed = Object.entries(then).filter(([key, state]) => !isDeepStrictEqual(before[key], state));
      before = { ...before, ...then };
      return { ...rest, seen: Object.fromEntries(changed) };
    });
}

const WHAT: Readonly<Record<string, string>> = { pods: 'pod', workflowtaskresults: 'result' };

/** What was first seen of a deletion: versions are surer than clocks, since whoever watches may be late. */
function effectOf({ verb, uri, at }: Request, sightings: readonly Sighting[]): Sighting | undefined {
  const [, resource = '', name] = /\/namespaces\/[^/]+\/([^/?]+)(?:\/([^/?]+))?/.exec(uri) ?? [];
  const isMeant = (key: string) => [WHAT[resource], name].every((word, i) => !word || key.split(/[ #]/)[i] === word);
  if (!verb.startsWith('delete') || WHAT[resource] === undefined) return undefined;
  return sightings.find(
    ({ key, state, at: seen }) => seen >= at && isMeant(key) && ('deleting' in state || 'gone' in state),
  );
}

/** As a file of which each line is a step, a pod or a result. */
export function fileOf({ workflow, steps, end }: Recording): string {
  const lines = (values: readonly string[]) => values.map((value) => `  ${value}`).join(',\n');
  const ends = Object.entries(end).map(([key, state]) => `${JSON.stringify(key)}: ${JSON.stringify(state)}`);
  const parts = [
    `"workflow": ${JSON.stringify(workflow)}`,
    `"steps": [\n${lines(steps.map((step) => JSON.stringify(step)))}\n]`,
    `"end": {\n${lines(ends)}\n}`,
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}
