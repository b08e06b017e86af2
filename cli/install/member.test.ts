import { expect, it } from 'vitest';
import type { ServingCertificate } from '../../api/index.ts';
import { agentRights } from './member.ts';

/** `verb resource name` of what an agent may do with certificates. */
const ofCertificates = (servingCertificate: ServingCertificate): string[] =>
  agentRights({ sources: ['a'], targets: ['a'], servingCertificate })
    .flatMap(({ rules }) => rules)
    .filter(({ apiGroups }) => apiGroups.includes('certificates.k8s.io'))
    .flatMap(({ resources, verbs, resourceNames = [] }) =>
      verbs.map((verb) => [verb, ...resources, ...resourceNames].join(' ')),
    );

const ASKS = [
  'create certificatesigningrequests',
  'get certificatesigningrequests berth-kubelet-serving',
  'delete certificatesigningrequests berth-kubelet-serving',
];
const APPROVES = [
  'update certificatesigningrequests/approval berth-kubelet-serving',
  'approve signers kubernetes.io/kubelet-serving',
];

it.each<[ServingCertificate, string[]]>([
  ['own', []],
  ['cluster', ASKS],
  ['self-approved', [...ASKS, ...APPROVES]],
])('an agent whose serving certificate is %s gets no more rights than that takes', (whose, rights) => {
  expect(ofCertificates(whose)).toEqual(rights);
});
