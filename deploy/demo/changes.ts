/** Pure: what changed between two looks at a run, one line per change. */
import { type Frame, styleOf } from './bars.ts';
import { type Line, span } from './spans.ts';
import type { Step } from './timeline.ts';

/** A line per step that is new, or stands elsewhere than `before` said. */
export function changes(before: readonly Step[], { steps, submittedAt, now, clusters }: Omit<Frame, 'width'>): Line[] {
  const known = new Map(before.map((step) => [step.uid, step]));
  const seconds = ((now - submittedAt) / 1000).toFixed(1).padStart(6);
  return steps
    .filter((step) => !alike(known.get(step.uid), step))
    .map((step) => [
      span(`${seconds} s  ${step.proxy}  ${step.state}`),
      ...(step.cluster === undefined ? [] : [span(`  ${step.cluster}`, styleOf(step, clusters))]),
      ...(step.why === '' ? [] : [span(`  (${step.why})`, 'dim')]),
    ]);
}

const alike = (a: Step | undefined, b: Step): boolean =>
  a !== undefined && a.state === b.state && a.why === b.why && a.cluster === b.cluster;
