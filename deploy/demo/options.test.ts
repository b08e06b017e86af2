import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupt } from './interrupts.ts';
import { howToUse } from './kept.ts';
import { parseOptions } from './options.ts';
import { scenarioA, scenarioB } from './workload.ts';

describe('options', () => {
  it('has defaults', () => {
    expect(parseOptions([])).toEqual({ nodes: 'auto', json: false, keep: false, down: false, help: false });
    expect(parseOptions(['--nodes', 'simulated', '--json'])).toMatchObject({ nodes: 'simulated', json: true });
  });

  it('refuses what it does not know', () => {
    expect(() => parseOptions(['--nodes', 'kind'])).toThrow('--nodes is one of auto, kubelet, simulated, not kind');
    expect(() => parseOptions(['--quick'])).toThrow('--quick');
  });
});

describe('interrupts', () => {
  function press() {
    const source = new EventEmitter();
    const calls: string[] = [];
    let time = 0;
    const end = onInterrupt(source, {
      first: () => calls.push('first'),
      again: () => calls.push('again'),
      now: () => time,
    });
    const at = (ms: number, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') => {
      time = ms;
      source.emit(signal);
    };
    return { at, calls, end, source };
  }

  it('tells the first from a later one', () => {
    const { at, calls } = press();
    at(0);
    at(2_000, 'SIGTERM');
    expect(calls).toEqual(['first', 'again']);
  });

  it('takes a signal that comes by two ways for one', () => {
    const { at, calls } = press();
    at(0);
    at(20);
    expect(calls).toEqual(['first']);
  });

  it('leaves the source as it was', () => {
    const { end, source } = press();
    end();
    expect(source.eventNames()).toEqual([]);
  });
});

describe('what is submitted', () => {
  it('differs between the runs of scenario A by the annotation alone', () => {
    const plain = JSON.stringify(scenarioA('x', { elected: false }));
    const elected = JSON.stringify(scenarioA('x', { elected: true }));
    expect(elected.replace(',"multicluster.admiralty.io/elect":""', '')).toBe(plain);
    expect(elected).not.toBe(plain);
  });

  it('pins b alone', () => {
    const objects = scenarioB('x', 'cluster2').flatMap(({ submissions }) => submissions.map(({ object }) => object));
    const pinned = objects.filter((object) => JSON.stringify(object).includes('"cluster2"'));
    expect(objects).toHaveLength(3);
    expect(pinned).toMatchObject([{ metadata: { name: 'b' } }]);
  });
});

describe('how to use what stays', () => {
  const clusters = ['cluster1', 'cluster2'].map((name) => ({ name, kubeconfig: `/tmp/${name}/admin.kubeconfig` }));

  it('names both clusters and the way out', () => {
    const text = howToUse(clusters);
    expect(text).toContain('export KUBECONFIG=/tmp/cluster1/admin.kubeconfig');
    expect(text).toContain('npm run demo -- --down');
    expect(text).not.toContain('alias');
  });

  it('helps where kubectl is not on the PATH', () => {
    expect(howToUse(clusters, '/cache/kubectl')).toContain("alias kubectl='/cache/kubectl'\n");
  });
});
