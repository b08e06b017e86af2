/** The object by which a certificate is asked for (certificates.k8s.io/v1), and what it says of itself. */
import { type Condition, type KubeObject, MANAGED_BY, SERVING_REQUEST, SERVING_SIGNER } from '../../../api/index.ts';
import type { Verdict } from './plan.ts';

export interface CertificateSigningRequest extends KubeObject {
  spec: {
    /** PEM in base64. */
    request: string;
    signerName: string;
    expirationSeconds?: number;
    usages?: string[];
  };
  status?: {
    conditions?: Condition[];
    /** PEM in base64, once it is signed. */
    certificate?: string;
  };
}

/** As long as the webhook's; signers may make it shorter, and the plan goes by what they made. */
const EXPIRATION_SECONDS = 90 * 24 * 60 * 60;

/** @param request base64 of the PEM. */
export const signingRequest = (request: string): CertificateSigningRequest => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: SERVING_REQUEST, labels: MANAGED_BY },
  spec: {
    request,
    signerName: SERVING_SIGNER,
    expirationSeconds: EXPIRATION_SECONDS,
    // `key encipherment` is for RSA; the signer takes these two as well (k8s pkg/apis/certificates/helpers.go).
    usages: ['digital signature', 'server auth'],
  },
});

/** The same with our approval; what others have said of it stays. */
export function approved(request: CertificateSigningRequest): CertificateSigningRequest {
  const condition: Condition = {
    type: 'Approved',
    status: 'True',
    reason: 'BerthAgent',
    message: 'Of the agent of Berth, which was installed with --serving-certificate self-approved.',
  };
  const { status } = request;
  return { ...request, status: { ...status, conditions: [...(status?.conditions ?? []), condition] } };
}

/** A request that was denied or has failed stays so, and so does one that was signed. */
export function verdictOf({ status = {} }: CertificateSigningRequest): Verdict {
  const { conditions = [], certificate } = status;
  const denied = conditions.find(({ type }) => type === 'Denied');
  if (denied !== undefined) return { is: 'denied', why: reasonOf(denied) };
  const failed = conditions.find(({ type }) => type === 'Failed');
  if (failed !== undefined) return { is: 'failed', why: reasonOf(failed) };
  if (certificate) return { is: 'signed', certificate };
  return { is: conditions.some(({ type }) => type === 'Approved') ? 'approved' : 'pending' };
}

const reasonOf = ({ reason, message }: Condition): string =>
  [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
