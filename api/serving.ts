/** The serving certificate of virtual nodes' kubelet API (docs/adr/0013-serving-certificates.md). */

/** Whose it is: the agent's own, or signed by the cluster; approved there by others, or by the agent itself. */
export const SERVING_CERTIFICATES = ['own', 'cluster', 'self-approved'] as const;
export type ServingCertificate = (typeof SERVING_CERTIFICATES)[number];

/**
 * The CertificateSigningRequest of an agent in its own cluster. One name, so that no more than one can be left over and
 * rights can be limited to it.
 */
export const SERVING_REQUEST = 'berth-kubelet-serving';

/** Who signs what API servers with `--kubelet-certificate-authority` take for a kubelet's. */
export const SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
