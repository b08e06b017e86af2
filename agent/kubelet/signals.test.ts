import { describe, expect, test } from 'vitest';
import { original, proxyOf } from '../../test/builders.ts';
import { endsStep } from './signals.ts';

const pod = (names: string[], annotations: Record<string, string> = {}) =>
  proxyOf(original({ containers: names.map((name) => ({ name, image: 'busybox' })) }, annotations));
const step = pod(['wait', 'main', 'sidecar']);
const set = pod(['wait', 'a', 'b']);
const argoexec = ['/var/run/argo/argoexec', 'kill', '15', '1'];

describe('a signal of Argo ends the step', () => {
  test.each([
    ['the copied executor', argoexec],
    ['the executor of the image', ['argoexec', 'kill', '15', '1']],
    ['the mounted executor', ['/argo-bin/bin/argoexec', 'kill', '15', '1']],
    ['a shell', ['/bin/sh', '-c', 'kill -15 1']],
  ])('by %s', (_, command) => {
    expect(endsStep(step, { container: 'main', command })).toBe('SIGTERM');
    const kill = command.map((word) => word.replace('15', '9'));
    expect(endsStep(step, { container: 'main', command: kill })).toBe('SIGKILL');
  });

  test('in any container of a container set', () => {
    expect(endsStep(set, { container: 'a', command: argoexec })).toBe('SIGTERM');
    expect(endsStep(set, { container: 'b', command: argoexec })).toBe('SIGTERM');
  });

  test("by the template's own command", () => {
    const own = pod(['main'], { 'workflows.argoproj.io/kill-cmd-main': '["quit", "--signal=%d"]' });
    expect(endsStep(own, { container: 'main', command: ['quit', '--signal=15'] })).toBe('SIGTERM');
    expect(endsStep(own, { container: 'main', command: ['quit', '--signal=9'] })).toBe('SIGKILL');
    expect(endsStep(own, { container: 'main', command: argoexec })).toBeUndefined();
  });

  test("by the template's own command that is the same for every signal, as if it were the first", () => {
    const own = pod(['main'], { 'workflows.argoproj.io/kill-cmd-main': '["quit"]' });
    expect(endsStep(own, { container: 'main', command: ['quit'] })).toBe('SIGTERM');
  });
});

describe('nothing else does', () => {
  test.each([
    ['what cleans up behind it: wait', step, 'wait', argoexec],
    ['what cleans up behind it: a sidecar', step, 'sidecar', argoexec],
    ['what cleans up behind a container set', set, 'wait', argoexec],
    ['the same where there is no init container', pod(['supervisor', 'a']), 'supervisor', argoexec],
    ['another signal', step, 'main', ['/bin/sh', '-c', 'kill -1 1']],
    ['another process', step, 'main', ['/bin/sh', '-c', 'kill -15 2']],
    ['more words', step, 'main', [...argoexec, 'x']],
    ['fewer words', step, 'main', argoexec.slice(0, 2)],
    ['a shell', step, 'main', ['sh']],
    ['nothing', step, 'main', []],
  ])('%s', (_, proxy, container, command) => {
    expect(endsStep(proxy, { container, command })).toBeUndefined();
  });

  test.each(['{', '"kill"', '[1]'])('a command that Argo cannot read: %s', (text) => {
    const own = pod(['main'], { 'workflows.argoproj.io/kill-cmd-main': text });
    expect(endsStep(own, { container: 'main', command: argoexec })).toBeUndefined();
  });
});
