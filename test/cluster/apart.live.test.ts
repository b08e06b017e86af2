import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Apart, acceptAt, reaches } from './apart.ts';
import type { Cluster } from './cluster.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { run } from './run.ts';

const START = 600_000;

const apartOf = ({ apart, name }: Cluster): Apart => {
  if (apart === undefined) throw new Error(`${name} has no network of its own`);
  return apart;
};

const portOf = ({ server }: Cluster) => Number(new URL(server).port);

const dial = (from: Cluster, to: Cluster) =>
  reaches(apartOf(from), { host: new URL(to.server).hostname, port: portOf(to) });

describe('clusters with networks of their own', () => {
  let fleet: Fleet;
  let one: Cluster;
  let two: Cluster;
  beforeAll(async () => {
    const members = ['one', 'two'].map((name) => ({ name, nodes: false as const, apart: true }));
    fleet = await startFleet({ members, nodes: 'kubelet', log: console.log });
    one = fleet.cluster('one');
    two = fleet.cluster('two');
  }, START);
  afterAll(() => fleet?.stop(), 60_000);

  it('are reached by this machine, and reach themselves', async () => {
    expect(await one.kubectl(['get', '--raw=/readyz'])).toBe('ok');
    expect(await dial(one, one)).toBe(true);
  });

  it('do not reach one another, until one lets the others in', { timeout: 30_000 }, async () => {
    expect([await dial(one, two), await dial(two, one)]).toEqual([false, false]);
    await acceptAt(apartOf(two), portOf(two));
    expect([await dial(one, two), await dial(two, one)]).toEqual([true, false]);
  });

  it('leave no namespace, link or rule', { timeout: 60_000 }, async () => {
    const links = [apartOf(one), apartOf(two)].map(({ netns }) => netns);
    const left = async () => {
      const all = [await run('ip', ['netns', 'list']), await run('ip', ['-o', 'link']), await run('iptables-save', [])];
      const lines = [...all, await readFile('/proc/self/mounts', 'utf8')].flatMap((text) => text.split('\n'));
      return lines.filter((line) => links.some((link) => new RegExp(`\\b${link}\\b`).test(line)));
    };
    expect((await left()).length).toBeGreaterThan(4);
    await fleet.stop();
    expect(await left()).toEqual([]);
  });
});
