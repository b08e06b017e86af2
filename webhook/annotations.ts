/** What a user may write into the annotations of an elected pod; a mistake is told at once instead of when nothing runs. */
import { ANNOTATION, isClusterName, parseSelector, type Reason, splitSelector } from '../api/index.ts';

/** Go's notation of a duration, without sign: `30s`, `1h30m`. */
const DURATION = /^(\d+(\.\d+)?(h|m|s|ms))+$/;

/** More than any selector needs, and short enough for every expression here. */
const MAX_SELECTOR = 4096;

/** What is wrong with each annotation's text, or undefined. Those that are not listed have no text to be wrong. */
const CHECKS: [annotation: string, check: (text: string) => string | undefined][] = [
  [ANNOTATION.clusterName, clusterNames],
  [ANNOTATION.clusterSelector, clusterSelector],
  [ANNOTATION.failover, failover],
  [ANNOTATION.noPrefixLabelRegexp, regexp],
];

/** The first mistake in the annotations, or undefined. */
export function annotationMistake(annotations: Record<string, string>): Reason | undefined {
  const mode = annotations[ANNOTATION.proxyMode];
  if (mode !== undefined && mode !== 'virtual')
    return {
      reason: 'UnsupportedProxyMode',
      message: `annotation ${ANNOTATION.proxyMode}: ${quote(mode)} is not there yet`,
    };
  for (const [annotation, check] of CHECKS) {
    const text = annotations[annotation];
    const mistake = text === undefined ? undefined : check(text);
    if (mistake !== undefined) return { reason: 'InvalidAnnotation', message: `annotation ${annotation}: ${mistake}` };
  }
  return undefined;
}

/** A user's text for a message: on one line, and not longer than a line. */
const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function clusterNames(text: string): string | undefined {
  const wrong = text.split(',').find((name) => !isClusterName(name.trim()));
  return wrong === undefined ? undefined : `${quote(wrong)} is no name of a cluster (separate several with commas)`;
}

/** A selector as the scheduler will read it, but not an empty one. */
function clusterSelector(text: string): string | undefined {
  if (text.length > MAX_SELECTOR) return `the selector is longer than ${MAX_SELECTOR} characters`;
  const wrong = splitSelector(text).find((one) => one.trim() === '' || !parseSelector(one).ok);
  return wrong === undefined ? undefined : `${quote(wrong)} is no requirement of a label selector`;
}

function failover(text: string): string | undefined {
  if (text === 'never' || DURATION.test(text)) return undefined;
  return `${quote(text)} is neither "never" nor a duration such as 5m`;
}

function regexp(text: string): string | undefined {
  try {
    new RegExp(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
