/** What the demo shows while it goes on: a live picture on a terminal, else one plain line per change. */
import { styleText } from 'node:util';
import { bars, type Frame } from './bars.ts';
import { changes } from './changes.ts';
import { type Line, type Paint, plain, render, type Style } from './spans.ts';

export interface View {
  /** A line that stays. */
  say(text: string, style?: Style): void;
  /** The newest state of the run that is under way. */
  show(frame: Omit<Frame, 'width'>): void;
  /** The picture as it is stays; the next one begins below. */
  freeze(): void;
  /** Gives the terminal back. Nothing may be shown afterwards. */
  close(): void;
}

/** What of a stream the views use. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** The view that fits the stream. */
export const createView = (output: Output, paint: Paint): View =>
  output.isTTY === true ? liveView(output, paint) : plainView(output);

const CURSOR = { hide: '\x1b[?25l', show: '\x1b[?25h' };
const upAndClear = (lines: number): string => (lines === 0 ? '' : `\x1b[${lines}A\x1b[0J`);

function liveView(output: Output, paint: Paint): View {
  let picture: Line[] = [];
  let drawn = 0;
  const draw = (above = '') => {
    const width = (output.columns ?? 80) - 1;
    const lines = picture.map((line) => `${render(line, width, paint)}\n`);
    output.write(`${upAndClear(drawn)}${above}${lines.join('')}`);
    drawn = lines.length;
  };
  output.write(CURSOR.hide);
  return {
    say: (text, style) => draw(`${style === undefined ? text : paint(style, text)}\n`),
    show: (frame) => {
      picture = bars({ ...frame, width: (output.columns ?? 80) - 1 });
      draw();
    },
    freeze: () => {
      picture = [];
      drawn = 0;
    },
    close: () => output.write(CURSOR.show),
  };
}

function plainView(output: Output): View {
  let shown: Frame['steps'] = [];
  return {
    say: (text) => output.write(`${text}\n`),
    show: (frame) => {
      for (const line of changes(shown, frame)) output.write(`${render(line, Number.POSITIVE_INFINITY, plain)}\n`);
      shown = frame.steps;
    },
    freeze: () => {
      shown = [];
    },
    close: () => undefined,
  };
}

const COLOURS = ['cyan', 'magenta', 'yellow', 'blue'] as const;
const LOOK = { dim: 'dim', bold: 'bold', good: 'green', bad: 'red' } as const;

/** Paints for a terminal; plain where the stream is none, or NO_COLOR is set. */
export function painterFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(lookOf(style), text, { stream });
}

function lookOf(style: Style) {
  if (!style.startsWith('cluster:')) return LOOK[style as keyof typeof LOOK];
  return COLOURS[Number(style.slice('cluster:'.length)) % COLOURS.length] ?? 'cyan';
}
