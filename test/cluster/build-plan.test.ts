import { describe, expect, it } from 'vitest';
import { binariesFor, KUBERNETES_VERSION, planBuild } from './build-plan.ts';

describe('binariesFor', () => {
  it('asks for no kubelet where nodes are simulated, and for no simulator where they are real', () => {
    expect(binariesFor('simulated')).toContain('kwok');
    expect(binariesFor('simulated')).not.toContain('kubelet');
    expect(binariesFor('kubelet')).toContain('kubelet');
    expect(binariesFor('kubelet')).not.toContain('kwok');
  });

  it('asks for neither in a cluster without nodes, but always for a control plane', () => {
    expect(binariesFor('none')).toEqual([
      'kubectl',
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
    ]);
  });
});

describe('planBuild', () => {
  it('builds nothing when nothing is missing', () => {
    expect(planBuild([])).toEqual([]);
  });

  it('builds what is missing, and only that', () => {
    const built = planBuild(['metrics-server', 'kwok', 'kubelet']).map(({ builds }) => builds.map(({ name }) => name));
    expect(built).toEqual([['kubelet'], ['kwok'], ['metrics-server']]);
  });

  it('makes all of Kubernetes in one module, with a version for each of its parts', () => {
    const [step, ...others] = planBuild(['kube-apiserver', 'kubectl']);
    expect(others).toEqual([]);
    expect(step?.builds.map(({ name }) => name)).toEqual(['kube-apiserver', 'kubectl']);
    expect(step?.goMod).toContain(`require k8s.io/kubernetes v${KUBERNETES_VERSION}\n`);
    expect(step?.goMod).toContain(`replace k8s.io/client-go => k8s.io/client-go v0${KUBERNETES_VERSION.slice(1)}\n`);
    expect(step?.ldflags).toContain(`gitVersion=v${KUBERNETES_VERSION}`);
  });

  it('makes another version where that is asked for', () => {
    const [step] = planBuild(['kubectl'], '1.28.15');
    expect(step?.builds).toEqual([{ name: 'kubectl', pkg: 'k8s.io/kubernetes/cmd/kubectl', version: 'v1.28.15' }]);
    expect(step?.goMod).toContain('replace k8s.io/client-go => k8s.io/client-go v0.28.15\n');
    expect(step?.ldflags).toContain('gitVersion=v1.28.15');
  });
});
