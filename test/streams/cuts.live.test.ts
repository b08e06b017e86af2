/** Whatever is killed in the middle of a stream: its client sees an end at once, and the next try works. */
import { describe } from 'vitest';
import { killServer } from '../cluster/kill.ts';
import { type Fleet, type Journey, test } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { begun, type Started, start, type View } from './pods.ts';

const TALKS = 'while :; do echo line; sleep 0.1; done';
/** Milliseconds from the kill until the client has ended. */
const AT_ONCE = 5_000;
/** Until the next try works; what was killed has to start again. */
const AGAIN = 90_000;

interface Victim {
  what: string;
  /** Resolves with what starts it again. */
  kill: (fleet: Fleet, journey: Journey) => Promise<() => Promise<void>>;
}

/** A component of Berth. */
const part = (role: string): Victim => ({
  what: role,
  kill: async (fleet) => {
    const victim = fleet.part(role);
    await victim.kill();
    return async () => {
      victim.start();
      await victim.ready();
    };
  },
});

const VICTIMS: Victim[] = [
  part('relay'),
  part('agent-cluster1'),
  part('agent-cluster2'),
  { what: "the source's API server", kill: (_, { source }) => killServer(source.folder, 'kube-apiserver') },
  { what: "the target's API server", kill: (_, { target }) => killServer(target.folder, 'kube-apiserver') },
  { what: "the target's kubelet", kill: (_, { target }) => killServer(target.folder, 'kubelet') },
];

/** A log that is followed and an exec, of which something has been read. */
async function talking(view: View): Promise<Started[]> {
  const log = await start(view, 'logs', ['-f']);
  const exec = await start(view, 'exec', ['--', 'sh', '-c', TALKS]);
  for (const { child } of [log, exec]) await new Promise((resolve) => child.stdout?.once('data', resolve));
  return [log, exec];
}

/** Rejects unless all have ended by then. */
async function endsWithin(all: Started[], limit: number) {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`a client still waits after ${limit} ms`)), limit).unref();
  });
  return Promise.race([Promise.all(all.map(({ ended }) => ended)), late]);
}

// One after the other: each takes something away from all.
describe('in the middle of logs -f and of an exec is killed', () => {
  test.for(VICTIMS)('$what', async ({ what, kill }, { begin, fleet, expect }) => {
    const journey = await begin();
    const { proxy } = await begun(journey, 'cut', TALKS);
    const cut = await talking(proxy);
    const since = performance.now();
    const revive = await kill(fleet, journey);
    try {
      const ends = await endsWithin(cut, AT_ONCE);
      const ms = Math.round(performance.now() - since);
      console.log(JSON.stringify({ killed: what, ms, codes: ends.map(({ code }) => code) }));
      for (const { length } of ends) expect(length).toBeGreaterThan(0);
    } finally {
      await revive();
    }
    await eventually('the next try works', () => works(proxy), AGAIN);
  });
});

async function works(proxy: View): Promise<true | undefined> {
  const { ended } = await start(proxy, 'exec', ['--', 'echo', 'again']);
  const log = await start(proxy, 'logs', ['--tail=1']);
  const [exec, last] = await Promise.all([ended, log.ended]);
  if (exec.code !== 0) throw new Error(exec.stderr);
  return exec.length === 6 && last.code === 0 ? true : undefined;
}
