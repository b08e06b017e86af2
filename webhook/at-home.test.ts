import { describe, expect, it } from 'vitest';
import { ANNOTATION, ARGO, type Pod } from '../api/index.ts';
import { elect } from './elect.ts';
import { podOf } from './pod.samples.ts';

const claim = (name: string, claimName: string) => ({ name, persistentVolumeClaim: { claimName } });
const step = (spec: Partial<Pod['spec']>, { names, workflow = 'wf' }: { names?: string; workflow?: string } = {}) =>
  podOf(spec, {
    labels: { [ARGO.workflow]: workflow },
    annotations: { [ANNOTATION.elect]: '', ...(names !== undefined && { [ANNOTATION.clusterName]: names }) },
  });
const templated = (value: string) => [
  {
    name: 'init',
    env: [
      { name: 'A', value: '{"daemon":true}' },
      { name: 'ARGO_TEMPLATE', value },
    ],
  },
];
const daemon = { initContainers: templated('{"name":"db","daemon":true}') };
const resource = { containers: templated('{"resource":{"action":"create"}}') };
const withVolume = { volumes: [{ name: 'tmp', emptyDir: {} }, claim('work', 'wf-work')] };

const tie = {
  daemon: 'other steps reach a daemon step by an address of this cluster',
  resource: 'a resource step works on objects of this cluster',
  volume: 'volume work is made for the workflow in this cluster',
};

describe('a step that is tied to the cluster of its workflow', () => {
  it.each([
    ['daemon', step(daemon), tie.daemon],
    ['daemon, told in a container', step({ containers: templated('{"daemon":true}') }), tie.daemon],
    ['resource', step(resource), tie.resource],
    ['volume of the workflow', step(withVolume), tie.volume],
    ['volume, and named home', step(withVolume, { names: 'home' }), tie.volume],
    ['volume, and named home among others', step(withVolume, { names: 'away, home' }), tie.volume],
  ])('stays at home: %s', (_, pod, message) => {
    expect(elect(pod, 'home')).toEqual({ leave: { reason: 'NotElected', message } });
  });

  it.each([
    ['daemon', step(daemon, { names: 'away' }), tie.daemon],
    ['volume of the workflow', step(withVolume, { names: 'away,far' }), tie.volume],
  ])('is refused elsewhere: %s', (_, pod, why) => {
    const message = `annotation multicluster.admiralty.io/clustername is not home, but ${why}`;
    expect(elect(pod, 'home')).toEqual({ refuse: { reason: 'TiedToHome', message } });
  });
});

describe('any other pod goes', () => {
  it.each([
    ['of a resource template that is pinned', step(resource, { names: 'away' })],
    ['with a claim of its own', step({ volumes: [claim('work', 'mine')] })],
    ['with a claim of another workflow', step({ volumes: [claim('work', 'wf-work')] }, { workflow: 'w' })],
    ['with a claim called otherwise', step({ volumes: [claim('data', 'wf-work')] })],
    ['with a claim of no name', step({ volumes: [{ name: 'work', persistentVolumeClaim: null }] })],
    ['of no workflow', podOf({ volumes: [claim('work', 'undefined-work')] }, { labels: {} })],
    ['without labels and volumes', podOf()],
    ['of a template that is no daemon', step({ initContainers: templated('{"daemon":false}') })],
    ['of a template that is nothing', step({ initContainers: templated('null') })],
    ['of a template that is no JSON', step({ initContainers: templated('{"daemon":true') })],
    ['whose template is not there', step({ initContainers: [{ name: 'init', env: [{ name: 'ARGO_TEMPLATE' }] }] })],
    ['whose containers have no environment', step({ initContainers: [{ name: 'init' }] })],
  ])('%s', (_, pod) => {
    expect(elect(pod, 'home')).toEqual({ elected: true });
  });
});
