import { describe, expect, it } from 'vitest';
import { type Amendment, DELEGATE, type Pod, type PodStatus, type Warning } from '../../api/index.ts';
import { markOf } from './amendments.ts';
import { delegation, manifest, running } from './delegation.samples.ts';
import { reportedStatus, reportOf, statusPatch } from './report.ts';

const container = { name: 'c', ready: true, restartCount: 0, image: 'i', imageID: '' };
const localOnly = { resources: {}, allocatedResources: {}, allocatedResourcesStatus: [], volumeMounts: [] };

describe('reportedStatus', () => {
  const all: PodStatus = {
    phase: 'Running',
    reason: 'r',
    message: 'm',
    startTime: 't',
    conditions: [{ type: 'Ready', status: 'True', reason: 'x' }],
    containerStatuses: [{ ...container, state: { running: {} } }],
    initContainerStatuses: [{ ...container, name: 'init' }],
    podIP: '1.1.1.1',
    podIPs: [{ ip: '1.1.1.1' }],
  };

  it.each<[string, PodStatus | undefined, PodStatus]>([
    ['nothing', undefined, {}],
    ['an empty status', {}, {}],
    ['all that a proxy can show', all, all],
    ['one field', { podIP: '1.1.1.1' }, { podIP: '1.1.1.1' }],
    ['nothing of the target alone', { hostIP: 'h', qosClass: 'q', resourceClaimStatuses: [] }, {}],
    [
      'no generations',
      { conditions: [{ type: 'a', status: 'True', observedGeneration: 1 }] },
      { conditions: [{ type: 'a', status: 'True' }] },
    ],
    ['no allocations', { containerStatuses: [{ ...container, ...localOnly }] }, { containerStatuses: [container] }],
    [
      'none of init containers',
      { initContainerStatuses: [{ ...container, ...localOnly }] },
      { initContainerStatuses: [container] },
    ],
    ['no nulls', { containerStatuses: [{ ...container, user: null }] }, { containerStatuses: [container] }],
  ])('tells %s', (_, status, reported) => {
    expect(reportedStatus(status)).toStrictEqual(reported);
  });
});

describe('reportOf', () => {
  const warning: Warning = { reason: 'r', message: 'm', at: 't' };
  const bare: Pod = { metadata: { name: 'p' }, spec: { containers: [] } };
  const nothing = { delegate: { uid: '' }, pod: {}, annotations: undefined };

  it('says no more than there is', () => {
    expect(reportOf(bare, delegation())).toStrictEqual(nothing);
  });

  it('says which delegate it is, where, and how it fares', () => {
    const pod = { metadata: { name: 'p', uid: 'u' }, spec: { containers: [], nodeName: 'n' }, status: running };
    const report = { delegate: { uid: 'u', node: 'n' }, pod: running, annotations: undefined };
    expect(reportOf(pod, delegation())).toStrictEqual(report);
  });

  it('keeps the warnings that were told, unless it has others', () => {
    const told = delegation({ status: { warnings: [warning] } });
    expect(reportOf(bare, told)).toStrictEqual({ ...nothing, warnings: [warning] });
    expect(reportOf(bare, told, { warnings: [] })).toStrictEqual({ ...nothing, warnings: [] });
    expect(reportOf(bare, delegation({ status: {} }))).toStrictEqual(nothing);
  });

  const mine: Amendment = { of: 'annotations', key: 'mine', value: '2' };
  const marked = { [DELEGATE.amended]: markOf([mine]) ?? '' };

  it.each<[string, Record<string, string>, Amendment[] | undefined, object | undefined]>([
    ['none that was sent', { mine: '1' }, undefined, undefined],
    ['none of ours', { [DELEGATE.source]: 'a' }, undefined, undefined],
    ['a new one', { mine: '1', new: '' }, undefined, { new: '' }],
    ['a changed one', { mine: '3' }, undefined, { mine: '3' }],
    ['none that was amended', { mine: '2', ...marked }, [mine], undefined],
    ['one that changed after it was amended', { mine: '3', ...marked }, [mine], { mine: '3' }],
    ['none that shall be amended', { mine: '3' }, [mine], undefined],
    ['others beside one that shall be amended', { mine: '3', new: '1' }, [mine], { new: '1' }],
  ])('of annotations it tells %s', (_, annotations, amendments, told) => {
    const of = delegation({
      pod: manifest({ metadata: { annotations: { mine: '1' } } }),
      ...(amendments && { spec: { amendments } }),
    });
    const pod = { ...bare, metadata: { name: 'p', annotations } };
    expect(reportOf(pod, of).annotations).toStrictEqual(told);
  });

  it('tells every annotation, if the manifest is none or has none', () => {
    const pod = { ...bare, metadata: { name: 'p', annotations: { a: '1' } } };
    expect(reportOf(pod, delegation({ spec: { manifest: '{' } })).annotations).toStrictEqual({ a: '1' });
    expect(reportOf(pod, delegation()).annotations).toStrictEqual({ a: '1' });
  });
});

describe('statusPatch', () => {
  const patch = {
    do: 'patch',
    at: 'hub',
    resource: 'poddelegations',
    namespace: 'berth-a--b',
    name: delegation().metadata.name,
    type: 'merge',
    subresource: 'status',
  };
  const told = delegation({ status: { pod: { phase: 'Pending', podIP: 'x' }, annotations: { a: '1' } } });

  it('brings what differs, in the version that it was found in', () => {
    expect(statusPatch(told, { pod: { phase: 'Running' }, annotations: undefined })).toStrictEqual({
      ...patch,
      body: {
        metadata: { resourceVersion: '5' },
        status: { pod: { phase: 'Running', podIP: null }, annotations: null, observedGeneration: 1 },
      },
    });
  });

  it('is none if nothing differs', () => {
    expect(statusPatch(told, { pod: { phase: 'Pending', podIP: 'x' } })).toBeUndefined();
    expect(statusPatch(delegation(), {})).toBeUndefined();
  });

  it('says no more than is known of the delegation', () => {
    const bare = { ...delegation(), metadata: { name: 'd' } };
    const { namespace, ...rest } = patch;
    expect(statusPatch(bare, { pod: {} })).toStrictEqual({
      ...rest,
      name: 'd',
      body: { metadata: { resourceVersion: undefined }, status: { pod: {} } },
    });
  });
});
