/** What a metrics-server makes of the counts, whatever happens to agents, containers and the target's metrics API meanwhile. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Pod } from '../../../api/index.ts';
import { original, proxyOf, UID } from '../../../test/builders.ts';
import { count, type NodeUsage } from './counters.ts';
import { exposition } from './exposition.ts';

const BEGIN = Date.parse('2026-01-02T03:00:00Z');
const proxy = (startedAt: number): Pod =>
  proxyOf(
    original(),
    { nodeName: 'berth-away' },
    {
      phase: 'Running',
      containerStatuses: [
        {
          ...{ name: 'main', ready: true, restartCount: 0, image: '', imageID: '' },
          state: { running: { startedAt: new Date(startedAt).toISOString() } },
        },
      ],
    },
  );

/** One point of a container, as decoded by metrics-server (pkg/scraper/client/resource/decode.go), which drops those without CPU time. */
function pointIn(text: string) {
  const value = (name: string) => {
    const [, amount, at] = text.match(new RegExp(`^${name}\\{.*\\} (\\S+) (\\d+)$`, 'm')) ?? [];
    return amount === undefined ? undefined : { amount: Number(amount), at: Number(at) };
  };
  const [cpu, start] = [value('container_cpu_usage_seconds_total'), value('container_start_time_seconds')];
  if (cpu === undefined || Math.floor(cpu.amount * 1e9) === 0) return undefined;
  return { seconds: cpu.amount, at: cpu.at, since: (start?.amount ?? 0) * 1000 };
}

/** The rates that it computes, of points that are not told apart by their start time (pkg/storage/pod.go, `Store`). */
function* ratesOf(scrapes: Iterable<string>) {
  let last: ReturnType<typeof pointIn>;
  for (const text of scrapes) {
    const point = pointIn(text);
    if (point !== undefined && last !== undefined && point.since < last.at && point.at > last.at)
      yield (1000 * (point.seconds - last.seconds)) / (point.at - last.at);
    last = point;
  }
}

interface Round {
  seconds: number;
  cores: number;
  /** What happened since the round before. */
  event: 'none' | 'agent restarts' | 'container restarts' | 'metrics missing';
}

function* scrapesOf(rounds: readonly Round[]) {
  let [now, started, usage]: [number, number, NodeUsage] = [BEGIN + 3_600_000, BEGIN, { pods: [] }];
  for (const { seconds, cores, event } of rounds) {
    if (event === 'agent restarts') usage = { pods: [] };
    // Statuses have whole seconds.
    if (event === 'container restarts') started = now + 1000;
    now += 1000 * seconds;
    const told = { uid: UID, at: now, containers: [{ name: 'main', cores, bytes: 1000 }] };
    usage = count(usage, event === 'metrics missing' ? [] : [told], () => proxy(started));
    yield exposition(usage);
  }
}

const round = fc.record({
  seconds: fc.integer({ min: 2, max: 60 }),
  cores: fc.double({ min: 0, max: 4, noNaN: true }),
  event: fc.constantFrom<Round['event']>('none', 'none', 'agent restarts', 'container restarts', 'metrics missing'),
});

it('never sees a use that the target did not tell', () => {
  fc.assert(
    fc.property(fc.array(round, { maxLength: 12 }), (rounds) => {
      for (const rate of ratesOf(scrapesOf(rounds))) {
        expect(rate).toBeGreaterThanOrEqual(-1e-6);
        expect(rate).toBeLessThanOrEqual(4 + 1e-6);
      }
    }),
  );
});

it('sees what the target told, also soon after the agent has begun anew', () => {
  const steady = (event: Round['event']): Round => ({ seconds: 15, cores: 0.5, event });
  const events = (['none', 'none', 'none', 'agent restarts', 'none', 'none'] as const).map(steady);
  const rates = [...ratesOf(scrapesOf(events))];
  expect(rates).toHaveLength(2);
  for (const rate of rates) expect(rate).toBeCloseTo(0.5);
});

it.each(['agent restarts', 'metrics missing'] as const)('takes no burst for a longer one: %s', (event) => {
  const idle: Round = { seconds: 15, cores: 0.01, event: 'none' };
  const busy: Round = { ...idle, cores: 1 };
  const rates = [...ratesOf(scrapesOf([idle, idle, idle, { ...busy, event }, busy, busy]))];
  expect(Math.max(...rates)).toBeCloseTo(1);
});
