/** Pure: one bar per step on a time axis. */
import type { StepState } from './pod-state.ts';
import { type Line, type Span, type Style, span } from './spans.ts';
import type { Step } from './timeline.ts';

export interface Frame {
  steps: readonly Step[];
  /** Times as in the steps. */
  submittedAt: number;
  now: number;
  /** Their order gives them their colours. */
  clusters: readonly string[];
  /** Columns of the terminal. */
  width: number;
}

const TICK_SECONDS = 10;
const MIN_SECONDS = 30;
/** For state and reason beside the bar: at least so many columns, and such a share of the terminal. */
const WORDS = { columns: 34, share: 0.42 };
const GLYPH = { waiting: '·', pending: '░', running: '█' } as const;

/** The axis, and a line per step. */
export function bars(frame: Frame): Line[] {
  const { steps, clusters, width } = frame;
  const names = Math.max(4, ...steps.map(({ proxy }) => proxy.length));
  const places = Math.max(...clusters.map((name) => name.length));
  const room = Math.max(10, width - names - places - 6 - Math.max(WORDS.columns, Math.floor(width * WORDS.share)));
  const scale = scaleOf(frame);
  const lines = steps.map((step) => [
    span(`${step.proxy.padEnd(names)}  `),
    ...bar(step, frame, scale, room),
    span(`  ${(step.cluster ?? '').padEnd(places)}  `, styleOf(step, clusters)),
    ...words(step, frame),
  ]);
  return [[span(`${' '.repeat(names)}  ${axis(scale, room)}`, 'dim')], ...lines];
}

/** Seconds that the axis spans: grows by whole ticks. */
const scaleOf = ({ submittedAt, now }: Frame): number =>
  Math.max(MIN_SECONDS, Math.ceil((now - submittedAt) / 1000 / TICK_SECONDS) * TICK_SECONDS);

function axis(scale: number, room: number): string {
  // Where ticks are closer than their labels are wide, some go without.
  const every = TICK_SECONDS * Math.ceil((scale * 6) / (TICK_SECONDS * room));
  let text = '';
  for (let second = 0; second < scale; second += every) {
    text = `${text.padEnd(Math.round((second / scale) * room))}${second} s`;
  }
  return text.padEnd(room);
}

function bar(step: Step, { submittedAt, now, clusters }: Frame, scale: number, room: number): Span[] {
  const spans: { text: string; state: keyof typeof GLYPH | undefined }[] = [];
  for (let column = 0; column < room; column++) {
    const state = stateAt(step, submittedAt + ((column + 0.5) / room) * scale * 1000, now);
    const glyph = state === undefined ? ' ' : GLYPH[state];
    const last = spans.at(-1);
    if (last?.state === state && last !== undefined) last.text += glyph;
    else spans.push({ text: glyph, state });
  }
  return spans.map(({ text, state }) => span(text, state === 'waiting' ? 'dim' : styleOf(step, clusters)));
}

/** What the step was doing at a time, undefined before it was there and after it ended. */
function stateAt(step: Step, time: number, now: number): keyof typeof GLYPH | undefined {
  if (time < step.seenAt || time > Math.min(now, step.endedAt ?? now)) return undefined;
  if (time >= (step.runningAt ?? Number.POSITIVE_INFINITY)) return 'running';
  return time >= (step.pendingAt ?? Number.POSITIVE_INFINITY) ? 'pending' : 'waiting';
}

/** The colour of the step's cluster. */
export function styleOf({ cluster }: Pick<Step, 'cluster'>, clusters: readonly string[]): Style {
  const index = clusters.indexOf(cluster ?? '');
  return index < 0 ? 'dim' : `cluster:${index}`;
}

const STATE_STYLE: Partial<Record<StepState, Style>> = { waiting: 'dim', done: 'good', failed: 'bad' };

/** State, seconds in it, and why. */
function words(step: Step, { now }: Frame): Span[] {
  const { seenAt, pendingAt, runningAt, endedAt } = step;
  const since = { waiting: seenAt, pending: pendingAt, running: runningAt, done: runningAt, failed: runningAt };
  const seconds = ((endedAt ?? now) - (since[step.state] ?? now)) / 1000;
  return [
    span(`${step.state.padEnd(7)} ${seconds.toFixed(1).padStart(5)} s`, STATE_STYLE[step.state]),
    span(step.why === '' ? '' : `  ${step.why}`, 'dim'),
  ];
}
