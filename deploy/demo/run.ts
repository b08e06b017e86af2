/** Submits one run's objects and follows its pods until all have ended. */
import type { ApiClient } from '../../kube/index.ts';
import type { Follower } from './follow.ts';
import type { Outcome } from './report.ts';
import { hasEnded, newTimeline, observe, type Step, stepsOf } from './timeline.ts';
import type { View } from './view.ts';
import type { Phase } from './workload.ts';

export interface RunOptions {
  /** Name of the run, as its pods' label says. */
  name: string;
  phases: readonly Phase[];
  home: ApiClient;
  clusters: readonly string[];
  follower: Follower;
  view: View;
  signal: AbortSignal;
  /** Milliseconds that the run may take. */
  timeout: number;
  now: () => number;
}

const REDRAW_MS = 200;

/** Resolves when the last pod has ended well. Fails at once when one ends otherwise, and when the time is over. */
export async function run(options: RunOptions): Promise<Outcome> {
  const { home, follower, view, phases, now } = options;
  let timeline = newTimeline(home.cluster, options.name);
  const submittedAt = now();
  const steps = () => stepsOf(timeline);
  const draw = () => view.show({ steps: steps(), submittedAt, now: now(), clusters: options.clusters });
  const changed = new EventTarget();
  const unlisten = follower.listen((followed) => {
    timeline = observe(timeline, { ...followed, at: now() });
    changed.dispatchEvent(new Event('change'));
    draw();
  });
  const redraw = setInterval(draw, REDRAW_MS);
  try {
    for (const { submissions, ended } of phases) {
      await Promise.all(submissions.map(({ path, object }) => post(home, path, object, options.signal)));
      await untilEnded(steps, ended, changed, options);
    }
    draw();
    const last = Math.max(...steps().map(({ endedAt }) => endedAt ?? submittedAt));
    return { submittedAt, seconds: (last - submittedAt) / 1000, steps: steps() };
  } finally {
    clearInterval(redraw);
    unlisten();
    view.freeze();
  }
}

const post = (home: ApiClient, path: string, body: object, signal: AbortSignal) =>
  home.raw('POST', path, { body, signal });

/** Resolves when so many steps have ended well. */
function untilEnded(steps: () => Step[], count: number, changed: EventTarget, o: RunOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const settle = (how: () => void) => {
      clearTimeout(timer);
      listening.abort();
      how();
    };
    const look = () => {
      const failed = steps().find(({ state }) => state === 'failed');
      if (failed !== undefined) settle(() => reject(new Error(`step ${failed.proxy} failed: ${failed.why}`)));
      else if (steps().filter(isSettled).length >= count) settle(resolve);
    };
    const timer = setTimeout(() => settle(() => reject(new Error(tooLong(steps(), count, o)))), o.timeout);
    changed.addEventListener('change', look, { signal: listening.signal });
    o.signal.addEventListener('abort', () => settle(() => reject(o.signal.reason)), { signal: listening.signal });
    if (o.signal.aborted) settle(() => reject(o.signal.reason));
    else look();
  });
}

/** Its delegate may be seen later than its end: two watches are not ordered. */
const isSettled = (step: Step): boolean => hasEnded(step) && step.cluster !== undefined;

/** What stands after the deadline, with the words of the first step that has not ended. */
export function tooLong(steps: readonly Step[], count: number, { name, timeout }: RunOptions): string {
  const ended = steps.filter(hasEnded).length;
  const open = steps.find((step) => !hasEnded(step));
  const example =
    open === undefined ? '' : `; ${[open.proxy, 'is', open.state].join(' ')}${open.why && `: ${open.why}`}`;
  return `${name}: ${ended} of ${count} steps have ended after ${timeout / 1000} s${example}`;
}
