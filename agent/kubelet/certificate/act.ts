/** Takes the steps of the plan: the only writer of the request for a certificate. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rfc3339, SERVING_REQUEST } from '../../../api/index.ts';
import {
  type ApiClient,
  isAlreadyExists,
  isConflict,
  isTransient,
  type Log,
  unlessMissing,
} from '../../../kube/index.ts';
import type { Situation, Step, Trouble, Verdict } from './plan.ts';
import { approved, type CertificateSigningRequest, signingRequest, verdictOf } from './signing-request.ts';

/** Certificate and key, PEM. */
export interface Tls {
  cert: string;
  key: string;
}

/** What this process knows; nothing of it outlives the process, least of all the key. */
export interface Memory {
  served?: Situation['served'];
  /** `request` is base64, as it stands in the object. */
  asked?: { request: string; key: string; at: number } | undefined;
  /** What the log said last of a trouble. */
  told?: string | undefined;
}

export interface Doing {
  home: ApiClient;
  /** As the cluster has it. */
  object: CertificateSigningRequest | undefined;
  memory: Memory;
  /** A new key and the request for it, PEM. */
  createRequest: () => Promise<{ request: string; key: string }>;
  serve: (tls: Tls) => void;
  now: () => number;
  log: Log;
}

const REQUESTS = 'certificatesigningrequests';

export async function act(step: Step, doing: Doing, signal: AbortSignal): Promise<void> {
  const { home, object, log } = doing;
  switch (step.do) {
    case 'wait':
      return tell(step.trouble, doing);
    case 'ask':
      return ask(doing, signal);
    case 'remove':
      log.info({ request: SERVING_REQUEST, why: step.why }, 'a request for a certificate is removed, to ask anew');
      return remove(home, step.uid, signal);
    case 'approve':
      if (object !== undefined) await home.replace(REQUESTS, approved(object), { subresource: 'approval', signal });
      return;
    case 'take':
      return take(step.certificate, doing);
  }
}

/** Whether the request is ours is told by its content, so that an answer that got lost is none the worse. */
async function ask({ home, memory, createRequest, now, log }: Doing, signal: AbortSignal): Promise<void> {
  const { request, key } = await createRequest();
  const asked = { request: Buffer.from(request).toString('base64'), key, at: now() };
  memory.asked = asked;
  try {
    await home.create(REQUESTS, signingRequest(asked.request), { signal });
    log.info({ request: SERVING_REQUEST }, 'the cluster is asked to sign the certificate of the kubelet API');
  } catch (error) {
    // Somebody else's is there: seen, and decided on, in a moment.
    if (isAlreadyExists(error)) return;
    if (!isTransient(error)) memory.asked = undefined;
    throw error;
  }
}

/** By its UID: another may have taken its place meanwhile. */
async function remove(home: ApiClient, uid: string, signal: AbortSignal): Promise<void> {
  try {
    await unlessMissing(home.delete(REQUESTS, SERVING_REQUEST, { uid, signal }));
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

function take(certificate: string, { memory, serve, now, log }: Doing): void {
  if (memory.asked === undefined) return;
  const until = new X509Certificate(certificate).validToDate.getTime();
  memory.served = { takenAt: now(), until };
  serve({ cert: certificate, key: memory.asked.key });
  memory.asked = undefined;
  memory.told = undefined;
  log.info({ until: rfc3339(until) }, 'the kubelet API serves by a certificate that the cluster has signed');
}

/** What has become of a request whose key we have. What was signed and no server could serve by is a failure. */
export function verdictFor(object: CertificateSigningRequest, key: string): Verdict {
  const verdict = verdictOf(object);
  if (verdict.is !== 'signed') return verdict;
  const certificate = Buffer.from(verdict.certificate, 'base64').toString();
  try {
    const fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return fits ? { is: 'signed', certificate } : { is: 'failed', why: 'what was signed is not for our key' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { is: 'failed', why: `what was signed is no certificate: ${why}` };
  }
}

/** Once per trouble, not at each look at it. */
function tell(trouble: Trouble | undefined, { memory, log }: Doing): void {
  if (trouble === undefined) return;
  const text = textOf(trouble);
  if (memory.told === text) return;
  memory.told = text;
  const until = memory.served && { servesUntil: rfc3339(memory.served.until) };
  log.warn({ request: SERVING_REQUEST, ...until }, text);
}

function textOf(trouble: Trouble): string {
  switch (trouble.is) {
    case 'unapproved':
      return `nobody has approved the certificate of the kubelet API: kubectl certificate approve ${SERVING_REQUEST}`;
    case 'unsigned':
      return `the certificate of the kubelet API is approved, but no signer of this cluster signs it: see kubectl describe csr ${SERVING_REQUEST}`;
    case 'denied':
    case 'failed':
      return `the certificate of the kubelet API ${trouble.is === 'denied' ? 'was denied' : 'could not be signed'} (${trouble.why}); asked again in an hour, or at once after kubectl delete csr ${SERVING_REQUEST}`;
  }
}
