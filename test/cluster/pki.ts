import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, createAuthority, issue, type KeyPair } from '../../certs/issue.ts';
import { ARGO_USER } from './audit.ts';

const DAYS = 365;
const MASTERS = ['system:masters'];

/** Each client its own user, so that the audit log tells them apart. */
const CLIENTS = {
  admin: { commonName: 'admin', organizations: MASTERS },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
  'kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organizations: MASTERS },
  [ARGO_USER]: { commonName: ARGO_USER, organizations: MASTERS },
  kwok: { commonName: 'kwok', organizations: MASTERS },
} as const;

/** As whom the API server calls those behind it, by an authority that is good for nothing else. */
export const FRONT_PROXY = 'front-proxy-client';

export type PkiOptions = {
  readonly name: string;
  readonly stateDir: string;
  /** The API server's URL in kubeconfigs. */
  readonly server: string;
  /** Addresses of the API server besides loopback. */
  readonly apiAddresses: readonly string[];
  /** A real node to make a kubelet's certificate for. */
  readonly node?: { readonly name: string; readonly address: string } | undefined;
  readonly now: () => number;
};

export const pkiFile = (stateDir: string, name: string) => join(stateDir, 'pki', name);
export const kubeconfigFile = (stateDir: string, user: string) => join(stateDir, `${user}.kubeconfig`);

/** Writes a cluster's authority, certificates, keys of service accounts and kubeconfigs into its folder. */
export async function writePki(options: PkiOptions): Promise<void> {
  const { now, stateDir, name } = options;
  await mkdir(join(stateDir, 'pki'), { recursive: true });
  const ca = await createAuthority({ commonName: `${name}-ca`, days: DAYS, now });
  await Promise.all([
    save(stateDir, 'ca', ca),
    saveServiceAccountKeys(stateDir),
    issueServer(ca, options),
    issueFrontProxy(options),
    options.node === undefined ? undefined : issueNode(ca, options.node, options),
    ...Object.entries(CLIENTS).map(async ([user, request]) => {
      const pems = await issue(ca, { ...request, usage: 'client', days: DAYS, now });
      await save(stateDir, user, pems);
      await saveKubeconfig(user, pems, ca, options);
    }),
  ]);
}

async function issueServer(ca: Authority, { stateDir, apiAddresses, now }: PkiOptions): Promise<void> {
  const pems = await issue(ca, {
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', ...apiAddresses],
    usage: 'server',
    days: DAYS,
    now,
  });
  await save(stateDir, 'apiserver', pems);
}

async function issueFrontProxy({ stateDir, now }: PkiOptions): Promise<void> {
  const ca = await createAuthority({ commonName: 'front-proxy-ca', days: DAYS, now });
  await save(stateDir, 'front-proxy-ca', ca);
  await save(stateDir, FRONT_PROXY, await issue(ca, { commonName: FRONT_PROXY, usage: 'client', days: DAYS, now }));
}

async function issueNode(ca: Authority, node: { name: string; address: string }, options: PkiOptions): Promise<void> {
  const pems = await issue(ca, {
    commonName: `system:node:${node.name}`,
    organizations: ['system:nodes'],
    dnsNames: [node.name],
    ipAddresses: [node.address],
    usage: 'both',
    days: DAYS,
    now: options.now,
  });
  await save(options.stateDir, 'kubelet', pems);
  await saveKubeconfig('kubelet', pems, ca, options);
}

async function saveServiceAccountKeys(stateDir: string): Promise<void> {
  const keys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(pkiFile(stateDir, 'sa.pub'), keys.publicKey);
  await writeFile(pkiFile(stateDir, 'sa.key'), keys.privateKey, { mode: 0o600 });
}

async function save(stateDir: string, name: string, { cert, key }: KeyPair): Promise<void> {
  await writeFile(pkiFile(stateDir, `${name}.crt`), cert);
  await writeFile(pkiFile(stateDir, `${name}.key`), key, { mode: 0o600 });
}

/** JSON is YAML; the certificates are inside, so that the file can be handed on by itself. */
async function saveKubeconfig(user: string, pems: KeyPair, ca: KeyPair, options: PkiOptions): Promise<void> {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: options.name, cluster: { server: options.server, 'certificate-authority-data': base64(ca.cert) } },
    ],
    users: [
      { name: user, user: { 'client-certificate-data': base64(pems.cert), 'client-key-data': base64(pems.key) } },
    ],
    contexts: [{ name: options.name, context: { cluster: options.name, user } }],
    'current-context': options.name,
  };
  const file = kubeconfigFile(options.stateDir, user);
  await writeFile(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}
