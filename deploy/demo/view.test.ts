import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bars, type Frame } from './bars.ts';
import { plain, render, span } from './spans.ts';
import type { Step } from './timeline.ts';
import { createView } from './view.ts';

const step = (over: Partial<Step> = {}): Step => ({
  ...{ proxy: 'federated-x', uid: 'u1', state: 'running', why: '', phase: 'Running', cluster: 'cluster2' },
  ...{ seenAt: 0, pendingAt: 2_000, runningAt: 4_000 },
  ...over,
});
const frame = (steps: Step[], now: number, width = 100): Frame => ({
  ...{ steps, now, width, submittedAt: 0, clusters: ['cluster1', 'cluster2'] },
});
const text = (f: Frame) => bars(f).map((line) => render(line, f.width, plain));

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 101, written, write: (part: string) => written.push(part) };
}

describe('bars', () => {
  it('draws waiting, pending and running on a time axis, and the state in words', () => {
    const [axis, bar] = text(frame([step()], 10_000));
    expect(axis).toMatch(/^ {13}0 s +10 s +20 s/);
    // 30 s on 33 columns: 2 s are about 2 columns, 6 s about 7.
    expect(bar).toMatch(/^federated-x {2}·{2}░{2}█{7} +cluster2 {2}running {3}6\.0 s$/);
  });

  it('ends a bar where its step ended', () => {
    const done = step({ state: 'done', endedAt: 14_000 });
    const [, bar] = text(frame([done], 30_000));
    expect(bar?.match(/█/g)?.length).toBeLessThan(16);
    expect(bar).toContain('done     10.0 s');
  });

  it('says why a step waits', () => {
    const waiting = step({ state: 'waiting', why: 'cluster1: insufficient cpu' });
    expect(text(frame([waiting], 3_000))[1]).toContain('waiting   3.0 s  cluster1: insuffici');
  });

  it('is never wider than the terminal, and draws all steps', () => {
    const time = fc.integer({ min: 0, max: 300_000 });
    const steps = fc.array(fc.record({ proxy: fc.string({ maxLength: 60 }), why: fc.string(), runningAt: time }));
    fc.assert(
      fc.property(steps, time, fc.integer({ min: 1, max: 200 }), (some, now, width) => {
        const lines = text(frame(some.map(step), now, width));
        expect(lines).toHaveLength(some.length + 1);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('spans', () => {
  it('cuts and paints', () => {
    const line = [span('abc'), span('defgh', 'good'), span('xyz', 'bad')];
    expect(render(line, 6, (style, shown) => `<${style}:${shown}>`)).toBe('abc<good:de…>');
  });
});

describe('views', () => {
  it('tells only changes where there is no terminal', () => {
    const output = recorder(false);
    const view = createView(output, plain);
    view.say('begin');
    view.show(frame([step({ state: 'waiting', why: 'no room' })], 1_000));
    view.show(frame([step({ state: 'waiting', why: 'no room' })], 2_000));
    view.show(frame([step({ state: 'running' })], 3_000));
    view.close();
    expect(output.written).toEqual([
      'begin\n',
      '   1.0 s  federated-x  waiting  cluster2  (no room)\n',
      '   3.0 s  federated-x  running  cluster2\n',
    ]);
  });

  it('redraws in place on a terminal, and lets a frozen picture stay', () => {
    const output = recorder(true);
    const view = createView(output, plain);
    view.show(frame([step()], 1_000));
    view.show(frame([step()], 2_000));
    view.freeze();
    view.say('next');
    view.close();
    const [hide, first, second, said, show] = output.written;
    expect([hide, show]).toEqual(['\x1b[?25l', '\x1b[?25h']);
    expect(first).not.toContain('\x1b');
    expect(second?.startsWith('\x1b[2A\x1b[0J')).toBe(true);
    expect(said).toBe('next\n');
  });

  it('keeps what is said above the picture', () => {
    const output = recorder(true);
    const view = createView(output, plain);
    view.show(frame([step()], 1_000));
    view.say('news');
    const [clear, rest = ''] = output.written.at(-1)?.split('news\n') ?? [];
    expect(clear).toBe('\x1b[2A\x1b[0J');
    expect(rest).toMatch(/^ +0 s.*\nfederated-x/);
  });
});
