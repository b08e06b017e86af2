import { expect, test } from 'vitest';
import type { Pod, PodPhase } from '../../api/index.ts';
import { Sightings } from './sightings.ts';

const pod = (name: string, phase: PodPhase): Pod => ({
  metadata: { name },
  spec: { containers: [] },
  status: { phase },
});

test('the first sight counts, whether asked before or after', async () => {
  let time = 0;
  const sightings = new Sightings(() => time);
  const { signal } = new AbortController();
  const asked = sightings.running(['a', 'b'], signal);
  const moments = [
    pod('a', 'Pending'),
    pod('b', 'Running'),
    pod('a', 'Running'),
    pod('a', 'Running'),
    pod('b', 'Failed'),
  ];
  for (const moment of moments) {
    time += 1;
    sightings.see(moment);
  }
  expect(await asked).toEqual([3, 2]);
  expect(await sightings.ended(['b'], signal)).toEqual([5]);
});

test('who was never seen to run, but ended, ran by then', async () => {
  const sightings = new Sightings(() => 7);
  sightings.see(pod('a', 'Succeeded'));
  expect(await sightings.running(['a'], new AbortController().signal)).toEqual([7]);
});

test('a wait ends with its signal', async () => {
  const stop = new AbortController();
  const waiting = new Sightings(() => 0).ended(['a'], stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
