import { describe, expect, it } from 'vitest';
import { type Amendment, DELEGATE, type Pod } from '../../api/index.ts';
import { amend } from './amend.ts';
import { markOf } from './amendments.ts';
import { delegateOf, delegation, ended, manifest, running } from './delegation.samples.ts';

const own = (key: string) => `multicluster.admiralty.io/${key}`;
const label = (key: string, value?: string): Amendment => ({
  of: 'labels',
  key,
  ...(value !== undefined && { value }),
});
const annotation = (key: string, value?: string): Amendment => ({ ...label(key, value), of: 'annotations' });

const pod = manifest({ metadata: { labels: { app: 'web' }, annotations: { mine: '1' } } });
const first = delegation({ pod });
const made = delegateOf(first, running);
const amendedBy = (...amendments: Amendment[]) => delegation({ pod, spec: { amendments } });
const having = (metadata: Partial<Pod['metadata']>): Pod => ({ ...made, metadata: { ...made.metadata, ...metadata } });
const patch = (body: object) => ({
  do: 'patch',
  at: 'home',
  resource: 'pods',
  namespace: 'jobs',
  name: first.spec.delegate.name,
  type: 'merge',
  as: 'berth:source:a',
  body: { metadata: { uid: 'delegate-uid', ...body } },
});

describe('amendments reach the delegate', () => {
  it.each<[string, Amendment[], object, object]>([
    ['a label', [label('app', 'db')], { labels: { [own('app')]: 'db' } }, {}],
    ['a new label', [label('x.y/z', '1')], { labels: { [own('x.y_z')]: '1' } }, {}],
    ['a label taken away', [label('app')], { labels: { [own('app')]: null } }, {}],
    ['a label that it has so', [label('app', 'web')], {}, {}],
    ['a label taken away that it never had', [label('other')], {}, {}],
    ['an annotation', [annotation('mine', '2')], {}, { mine: '2' }],
    ['a new annotation', [annotation('new', '')], {}, { new: '' }],
    ['an annotation taken away', [annotation('mine')], {}, { mine: null }],
    ['an annotation that it has so', [annotation('mine', '1')], {}, {}],
    ['both', [label('app', 'db'), annotation('mine', '2')], { labels: { [own('app')]: 'db' } }, { mine: '2' }],
  ])('%s', (_, amendments, labels, annotations) => {
    const mark = { [DELEGATE.amended]: markOf(amendments) };
    expect(amend(made, amendedBy(...amendments), undefined)).toStrictEqual([
      patch({ ...labels, annotations: { ...mark, ...annotations } }),
    ]);
  });

  it('also if it has neither labels nor annotations nor a namespace', () => {
    const bare: Pod = { metadata: { name: 'p' }, spec: { containers: [] } };
    const amendments = [label('app', 'db'), annotation('mine', '2')];
    expect(amend(bare, amendedBy(...amendments), undefined)).toStrictEqual([
      {
        do: 'patch',
        at: 'home',
        resource: 'pods',
        name: 'p',
        type: 'merge',
        as: 'berth:source:a',
        body: {
          metadata: {
            uid: undefined,
            labels: { [own('app')]: 'db' },
            annotations: { [DELEGATE.amended]: markOf(amendments), mine: '2' },
          },
        },
      },
    ]);
  });

  it('under the key that a spared label had, and under the one that it has without being spared', () => {
    const annotations = { [own('no-prefix-label-regexp')]: 'app=web' };
    const spared = manifest({ metadata: { labels: { app: 'web' }, annotations } });
    const amendments = [label('app', 'db')];
    const delegate = delegateOf(delegation({ pod: spared }), running);
    expect(amend(delegate, delegation({ pod: spared, spec: { amendments } }), undefined)).toStrictEqual([
      patch({
        labels: { [own('app')]: 'db', app: null },
        annotations: { [DELEGATE.amended]: markOf(amendments) },
      }),
    ]);
  });
});

describe('nothing is patched', () => {
  const amendments = [label('app', 'db')];
  const of = amendedBy(...amendments);
  const mark = markOf(amendments) ?? '';

  it.each([
    ['without amendments', made, first, undefined],
    ['if the delegate has them', having({ annotations: { [DELEGATE.amended]: mark } }), of, undefined],
    ['if they were refused', made, of, mark],
    ['on a delegate that is going', having({ deletionTimestamp: 't' }), of, undefined],
    ['on a delegate that has ended', { ...made, status: ended(0) }, of, undefined],
    ['for a manifest that is none', made, delegation({ spec: { amendments, manifest: '{' } }), undefined],
    [
      'for a bad pattern',
      made,
      delegation({
        pod: manifest({ metadata: { annotations: { [own('no-prefix-label-regexp')]: '(' } } }),
        spec: { amendments },
      }),
      undefined,
    ],
  ])('%s', (_, delegate, delegationOf, refused) => {
    expect(amend(delegate, delegationOf, refused)).toStrictEqual([]);
  });

  it('but what was refused or done before', () => {
    expect(amend(made, of, 'another')).toHaveLength(1);
    expect(amend(having({ annotations: { [DELEGATE.amended]: 'another' } }), of, undefined)).toHaveLength(1);
  });
});
