import { describe, expect, it } from 'vitest';
import type { ContainerState, ContainerStatus, PodDelegationStatus, PodStatus } from '../../api/index.ts';
import { ended, running } from './delegation.samples.ts';
import type { Report } from './report.ts';
import { delay, type Urgency, urgency } from './urgency.ts';

const container = (state?: ContainerState, change: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'main',
  ready: false,
  restartCount: 0,
  image: 'i',
  imageID: '',
  ...(state && { state }),
  ...change,
});
const waits = (reason?: string, message?: string) =>
  container({ waiting: { ...(reason && { reason }), ...(message && { message }) } });
const pending = (...containerStatuses: ContainerStatus[]): PodStatus => ({ phase: 'Pending', containerStatuses });
const starting = (...initContainerStatuses: ContainerStatus[]): PodStatus => ({
  phase: 'Pending',
  initContainerStatuses,
});
const being = (ready: 'True' | 'False', type = 'Ready'): PodStatus => ({
  phase: 'Running',
  conditions: [{ type, status: ready }],
});

const delegate = { uid: 'u', node: 'n1' };
const report = (pod: PodStatus, change: Partial<Report> = {}): Report => ({
  delegate,
  pod,
  annotations: undefined,
  ...change,
});
const ask = (told: PodStatus, now: PodStatus) => urgency({ delegate, pod: told }, report(now));

describe('a pod of which the hub knows nothing', () => {
  it.each<[string, PodDelegationStatus | undefined, Report, Urgency]>([
    ['is told when it has a node', undefined, report({ phase: 'Pending' }), 'soon'],
    ['is told when it runs', undefined, report({ phase: 'Running' }), 'now'],
    ['is told when it is Ready', {}, report({ conditions: [{ type: 'Ready', status: 'True' }] }), 'now'],
    ['is not told without a node', undefined, report(running, { delegate: { uid: 'u' } }), 'none'],
    ['is told of its end, even without a node', {}, report({ phase: 'Failed' }, { delegate: { uid: 'u' } }), 'now'],
  ])('%s', (_, told, now, then) => {
    expect(urgency(told, now)).toBe(then);
  });
});

describe('news of a pod', () => {
  const both = (a: PodStatus, b: PodStatus): PodStatus => ({ ...a, ...b });
  const terminated = container({ terminated: { exitCode: 0 } });

  it.each<[string, PodStatus, PodStatus, Urgency]>([
    ['that runs', { phase: 'Pending' }, { phase: 'Running' }, 'now'],
    ['that runs no longer, oddly', { phase: 'Running' }, { phase: 'Pending' }, 'soon'],
    ['that gets Ready', being('False'), being('True'), 'now'],
    ['that gets its containers Ready', being('False', 'ContainersReady'), being('True', 'ContainersReady'), 'soon'],
    ['that is Ready no more', being('True'), being('False'), 'now'],
    [
      'that is Ready no more as it ends',
      being('True'),
      both(being('False'), { containerStatuses: [terminated] }),
      'soon',
    ],
    ['that is Ready no more while it waits', being('True'), both(being('False'), pending(waits('x'))), 'now'],
    [
      'that is Ready no more, with a container of which nothing is known',
      being('True'),
      both(being('False'), { containerStatuses: [container()] }),
      'now',
    ],
    [
      'that is Ready no more, some of its containers ended',
      being('True'),
      both(being('False'), { containerStatuses: [waits('x'), { ...terminated, name: 'side' }] }),
      'soon',
    ],
    ['that stays Ready', both(being('True'), { podIP: 'a' }), both(being('True'), { podIP: 'b' }), 'soon'],
    ['that stays unready', both(being('False'), { podIP: 'a' }), both(being('False'), { podIP: 'b' }), 'soon'],
    ['that has not changed', both(being('True'), { podIP: 'a' }), both(being('True'), { podIP: 'a' }), 'none'],
    ['that ended', running, ended(1), 'now'],
    ['that came to life after its end', ended(1), running, 'none'],
  ])('%s', (_, told, now, then) => {
    expect(ask(told, now)).toBe(then);
  });
});

describe('restarts', () => {
  const restarted = (restartCount: number, name = 'main') => container(undefined, { name, restartCount });

  it.each<[string, PodStatus, PodStatus, Urgency]>([
    ['of a container', pending(restarted(1)), pending(restarted(2)), 'now'],
    ['of an init container', starting(restarted(1)), starting(restarted(2)), 'now'],
    ['of a container that was not known', pending(), pending(restarted(1)), 'now'],
    ['of another container', pending(restarted(1)), pending(restarted(1), restarted(1, 'side')), 'now'],
    ['none, of a container that was not known', pending(), pending(restarted(0)), 'soon'],
    ['none', pending(restarted(1)), pending(restarted(1)), 'none'],
    ['a count that fell', pending(restarted(2)), pending(restarted(1)), 'soon'],
  ])('%s', (_, told, now, then) => {
    expect(ask(told, now)).toBe(then);
  });
});

describe('containers that wait', () => {
  it.each<[string, PodStatus, PodStatus, Urgency]>([
    [
      'for an image, in either word',
      pending(waits('ErrImagePull', 'a')),
      pending(waits('ImagePullBackOff', 'b')),
      'none',
    ],
    ['for an image, as init containers', starting(waits('ErrImagePull')), starting(waits('ImagePullBackOff')), 'none'],
    ['for an image, then for another reason', pending(waits('ErrImagePull')), pending(waits('Other')), 'flap'],
    ['with another text', pending(waits('CrashLoopBackOff', '1')), pending(waits('CrashLoopBackOff', '2')), 'flap'],
    ['with another text, as init containers', starting(waits('x', '1')), starting(waits('x', '2')), 'flap'],
    ['without a reason', pending(waits(undefined, '1')), pending(waits(undefined, '2')), 'flap'],
    ['as each does first', pending(waits('ContainerCreating')), pending(waits('CrashLoopBackOff')), 'soon'],
    ['as each does behind init containers', pending(waits('PodInitializing')), pending(waits('ErrImagePull')), 'soon'],
    [
      'with another text, one of them in its beginning',
      pending(waits('ContainerCreating'), waits('x', '1')),
      pending(waits('ContainerCreating'), waits('x', '2')),
      'flap',
    ],
    ['and then do not', pending(waits('x')), pending(container({ running: {} })), 'soon'],
    ['and did not before', pending(container({ running: {} })), pending(waits('x')), 'soon'],
    ['beside another change', { ...pending(waits('x')), podIP: 'a' }, { ...pending(waits('y')), podIP: 'b' }, 'soon'],
    [
      'beside others of which nothing is known',
      pending(container(), waits('x', '1')),
      pending(container(), waits('x', '2')),
      'flap',
    ],
  ])('%s', (_, told, now, then) => {
    expect(ask(told, now)).toBe(then);
  });
});

describe('what else the hub hears', () => {
  const pod: PodStatus = { phase: 'Running' };
  const warning = { reason: 'r', message: 'm', at: 't' };
  const full = { delegate, pod, annotations: { a: '1' }, warnings: [warning] };

  it.each<[string, PodDelegationStatus, Report, Urgency]>([
    ['nothing new', full, full, 'none'],
    ['the node', { ...full, delegate: { uid: 'u' } }, full, 'soon'],
    ['an annotation', { ...full, annotations: { a: '0' } }, full, 'soon'],
    ['the first annotation', { delegate, pod }, report(pod, { annotations: { a: '1' } }), 'soon'],
    ['that annotations went', full, { ...full, annotations: undefined }, 'soon'],
    ['a further warning', full, { ...full, warnings: [warning, warning] }, 'soon'],
    ['the first warning', { delegate, pod }, report(pod, { warnings: [warning] }), 'soon'],
    ['no warnings', { delegate, pod }, report(pod), 'none'],
  ])('%s', (_, told, now, then) => {
    expect(urgency(told, now)).toBe(then);
  });
});

describe('delay', () => {
  const now = 50_000;

  it.each<[string, Exclude<Urgency, 'none'>, { differsSince?: number; writtenAt?: number }, number]>([
    ['none for what is told at once', 'now', { differsSince: 49_000, writtenAt: 49_000 }, 0],
    ['two seconds for what was just seen', 'soon', {}, 2_000],
    ['what is left of them', 'soon', { differsSince: 49_999, writtenAt: 49_999 }, 1_999],
    ['none after them', 'soon', { differsSince: 48_000 }, 0],
    ['the same for texts, if none was written', 'flap', {}, 2_000],
    ['ten seconds between texts', 'flap', { differsSince: 49_000, writtenAt: 45_000 }, 5_000],
    ['two seconds for a text after a long time', 'flap', { differsSince: 49_000, writtenAt: 1_000 }, 1_000],
  ])('%s', (_, kind, times, milliseconds) => {
    expect(delay(kind, { ...times, now })).toBe(milliseconds);
  });
});
