import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_POLICY } from './audit.ts';
import { type Binaries, pathOf } from './binaries.ts';
import type { BinaryName } from './build-plan.ts';
import { FRONT_PROXY, kubeconfigFile, pkiFile } from './pki.ts';
import { startProcess } from './processes.ts';
import type { OwnedProcess } from './state.ts';

export type ControlPlane = {
  readonly stateDir: string;
  readonly binaries: Binaries;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: { etcd: number; etcdPeer: number; api: number; controllerManager: number; scheduler: number };
  readonly serviceRange: string;
  readonly advertiseAddress: string;
  /** Network namespace of the processes, whose API server is then reached from everywhere; ours if left out. */
  readonly netns?: string | undefined;
  /** Whether the API server asks for kubelets' certificates to be of the cluster's authority. */
  readonly verifiesKubelets: boolean;
};

/** Above what a test asks for: the clients' own limits (20 a second) would be measured instead of the server. */
const CLIENT_RATE = ['--kube-api-qps', '200', '--kube-api-burst', '400'];

/**
 * Collecting is a seventh of a busy API server's work with Go's usual 100, and a test machine has more memory than
 * processors. Above the limit it collects as ever.
 */
const COLLECTOR = { GOGC: '400', GOMEMLIMIT: '1GiB' };

export const auditLogFile = (stateDir: string) => join(stateDir, 'audit.log');

export function startEtcd(plane: ControlPlane): Promise<OwnedProcess> {
  const client = `http://127.0.0.1:${plane.ports.etcd}`;
  const peer = `http://127.0.0.1:${plane.ports.etcdPeer}`;
  const urls = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer];
  const membership = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`];
  const rest = ['--data-dir', join(plane.stateDir, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'];
  return start(plane, 'etcd', [...urls, ...membership, ...rest]);
}

/** Its certificates must have been written. */
export async function startApiServer(plane: ControlPlane): Promise<OwnedProcess> {
  const policy = join(plane.stateDir, 'audit-policy.yaml');
  await writeFile(policy, JSON.stringify(AUDIT_POLICY));
  return start(plane, 'kube-apiserver', [...servingFlags(plane), ...accessFlags(plane), ...auditFlags(plane, policy)]);
}

/** The API server must be ready. */
export function startControllerManager(plane: ControlPlane): Promise<OwnedProcess> {
  const { stateDir, ports } = plane;
  return start(plane, 'kube-controller-manager', [
    ...['--kubeconfig', kubeconfigFile(stateDir, 'controller-manager'), '--use-service-account-credentials'],
    ...['--service-account-private-key-file', pkiFile(stateDir, 'sa.key')],
    ...['--root-ca-file', pkiFile(stateDir, 'ca.crt')],
    ...['--cluster-signing-cert-file', pkiFile(stateDir, 'ca.crt')],
    ...['--cluster-signing-key-file', pkiFile(stateDir, 'ca.key')],
    ...['--controllers', '*,-nodeipam,-cloud-node-lifecycle'],
    ...['--secure-port', `${ports.controllerManager}`, '--bind-address', '127.0.0.1', '--leader-elect=false'],
    ...CLIENT_RATE,
  ]);
}

/** The API server must be ready. */
export function startScheduler(plane: ControlPlane): Promise<OwnedProcess> {
  const { stateDir, ports } = plane;
  return start(plane, 'kube-scheduler', [
    ...['--kubeconfig', kubeconfigFile(stateDir, 'scheduler'), '--leader-elect=false'],
    ...['--secure-port', `${ports.scheduler}`, '--bind-address', '127.0.0.1'],
    ...CLIENT_RATE,
  ]);
}

function servingFlags({ stateDir, ports, serviceRange, advertiseAddress, netns }: ControlPlane): string[] {
  const bind = netns === undefined ? '127.0.0.1' : '0.0.0.0';
  return [
    ...['--etcd-servers', `http://127.0.0.1:${ports.etcd}`],
    ...['--bind-address', bind, '--secure-port', `${ports.api}`, '--advertise-address', advertiseAddress],
    ...['--tls-cert-file', pkiFile(stateDir, 'apiserver.crt')],
    ...['--tls-private-key-file', pkiFile(stateDir, 'apiserver.key')],
    // Loopback is no address for endpoints; pods get to the server by a rule of the machine's firewall.
    ...['--endpoint-reconciler-type', 'none', '--service-cluster-ip-range', serviceRange],
    '--allow-privileged',
  ];
}

function accessFlags({ stateDir, verifiesKubelets }: ControlPlane): string[] {
  return [
    ...['--client-ca-file', pkiFile(stateDir, 'ca.crt'), '--authorization-mode', 'Node,RBAC'],
    ...['--enable-admission-plugins', 'NodeRestriction'],
    ...['--kubelet-client-certificate', pkiFile(stateDir, 'kubelet-client.crt')],
    ...['--kubelet-client-key', pkiFile(stateDir, 'kubelet-client.key')],
    ...(verifiesKubelets ? ['--kubelet-certificate-authority', pkiFile(stateDir, 'ca.crt')] : []),
    ...['--kubelet-preferred-address-types', 'InternalIP'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc'],
    ...['--service-account-key-file', pkiFile(stateDir, 'sa.pub')],
    ...['--service-account-signing-key-file', pkiFile(stateDir, 'sa.key')],
    ...aggregationFlags(stateDir),
  ];
}

/** For API servers behind this one, such as metrics-server's (kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer). */
function aggregationFlags(stateDir: string): string[] {
  return [
    ...['--requestheader-client-ca-file', pkiFile(stateDir, 'front-proxy-ca.crt')],
    ...['--requestheader-username-headers', 'X-Remote-User', '--requestheader-group-headers', 'X-Remote-Group'],
    ...['--requestheader-extra-headers-prefix', 'X-Remote-Extra-', '--requestheader-allowed-names', FRONT_PROXY],
    ...['--proxy-client-cert-file', pkiFile(stateDir, `${FRONT_PROXY}.crt`)],
    ...['--proxy-client-key-file', pkiFile(stateDir, `${FRONT_PROXY}.key`)],
  ];
}

function auditFlags({ stateDir }: ControlPlane, policy: string): string[] {
  // One file of up to 4 GB: a log that rotates would lose what was to be counted.
  return ['--audit-policy-file', policy, '--audit-log-path', auditLogFile(stateDir), '--audit-log-maxsize', '4096'];
}

function start({ binaries, stateDir, env, netns }: ControlPlane, name: BinaryName, args: string[]) {
  return startProcess({ name, command: pathOf(binaries, name), args, stateDir, env: { ...COLLECTOR, ...env }, netns });
}
