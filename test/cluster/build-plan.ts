export const KUBERNETES_VERSION = '1.34.4';
const ETCD_VERSION = '3.6.4';
const KWOK_VERSION = '0.7.0';
const S3_VERSION = '1.2.0';
const METRICS_VERSION = '0.9.0';

const KUBERNETES = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl'] as const;

export type BinaryName = (typeof KUBERNETES)[number] | 'etcd' | 'kwok' | 'gofakes3' | 'metrics-server';

/** One Go module to make, and the commands to build in it. */
export type BuildStep = {
  readonly goMod: string;
  readonly builds: readonly { readonly name: BinaryName; readonly pkg: string; readonly version: string }[];
  readonly ldflags: string;
};

/** Modules that Kubernetes replaces by folders of its own repository, so that outside of it each needs its version. */
const STAGING = (
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib ' +
  'dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy ' +
  'kube-scheduler kubectl kubelet legacy-cloud-providers metrics mount-utils pod-security-admission sample-apiserver ' +
  'sample-cli-plugin sample-controller'
).split(' ');

/** The servers that a kind of nodes needs. */
export function binariesFor(nodes: 'kubelet' | 'simulated' | 'none'): BinaryName[] {
  const common: BinaryName[] = ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  if (nodes === 'kubelet') return [...common, 'kubelet'];
  return nodes === 'simulated' ? [...common, 'kwok'] : common;
}

/** How to build the missing binaries as Go modules by name and version; those of Kubernetes from this one (`1.28.15` built, too). Pure. */
export function planBuild(missing: readonly BinaryName[], version = KUBERNETES_VERSION): BuildStep[] {
  const kubernetes = KUBERNETES.filter((name) => missing.includes(name));
  const steps = kubernetes.length > 0 ? [kubernetesStep(kubernetes, version)] : [];
  if (missing.includes('etcd')) steps.push(singleStep('etcd', 'go.etcd.io/etcd/server/v3', ETCD_VERSION));
  if (missing.includes('kwok')) steps.push(singleStep('kwok', 'sigs.k8s.io/kwok/cmd/kwok', KWOK_VERSION));
  if (missing.includes('gofakes3'))
    steps.push(singleStep('gofakes3', 'github.com/johannesboyne/gofakes3/cmd/gofakes3', S3_VERSION));
  if (missing.includes('metrics-server')) {
    const pkg = 'sigs.k8s.io/metrics-server/cmd/metrics-server';
    steps.push(singleStep('metrics-server', pkg, METRICS_VERSION));
  }
  return steps;
}

function kubernetesStep(names: readonly (typeof KUBERNETES)[number][], version: string): BuildStep {
  const [major, minor, patch] = version.split('.');
  const replaced = STAGING.map((name) => `replace k8s.io/${name} => k8s.io/${name} v0.${minor}.${patch}\n`);
  const variable = 'k8s.io/component-base/version';
  const stamps = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  return {
    goMod: `${goMod('kubernetes')}require k8s.io/kubernetes v${version}\n${replaced.join('')}`,
    builds: names.map((name) => ({ name, pkg: `k8s.io/kubernetes/cmd/${name}`, version: `v${version}` })),
    ldflags: ['-s -w', ...Object.entries(stamps).map(([key, value]) => `-X ${variable}.${key}=${value}`)].join(' '),
  };
}

function singleStep(name: BinaryName, pkg: string, version: string): BuildStep {
  return { goMod: goMod(name), builds: [{ name, pkg, version: `v${version}` }], ldflags: '-s -w' };
}

const goMod = (name: string) => `module berth.test/${name}\ngo 1.24.0\n`;
