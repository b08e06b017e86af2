/** Keeps the certificate by which the kubelet API serves: our own, until the cluster's signer has signed one. */
import { SERVING_REQUEST, type ServingCertificate } from '../../../api/index.ts';
import { type ApiClient, type Log, startController, type Timers, unlessMissing } from '../../../kube/index.ts';
import { act, type Memory, type Tls, verdictFor } from './act.ts';
import { planCertificate, type Situation } from './plan.ts';
import type { CertificateSigningRequest } from './signing-request.ts';

/** What servers serve by; there may be several on the address. */
export interface Serving {
  current(): Tls;
  /** Calls the listener after each change, until what it returns is called. */
  onChange(listener: () => void): () => void;
  stopped: Promise<void>;
}

export interface ServingOptions {
  /** The cluster whose API servers are served. */
  home: ApiClient;
  /** Whose certificate is wanted. */
  whose: ServingCertificate;
  own: Tls;
  /** A new key and the request for it, PEM. */
  createRequest: () => Promise<{ request: string; key: string }>;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: () => number;
  timers?: Timers;
  signal: AbortSignal;
  log: Log;
}

/** Has a certificate at once. */
export function startServing(options: ServingOptions): Serving {
  const { own, whose } = options;
  let tls = own;
  const listeners = new Set<() => void>();
  const serving = {
    current: () => tls,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  if (whose === 'own') return { ...serving, stopped: Promise.resolve() };
  const reconcile = reconciler(options, (next) => {
    tls = next;
    for (const listener of listeners) listener();
  });
  const controller = startController({ ...options, name: 'serving-certificate', workers: 1, reconcile });
  controller.enqueue(SERVING_REQUEST);
  return { ...serving, stopped: controller.stopped };
}

function reconciler(options: ServingOptions, serve: (tls: Tls) => void) {
  const { home, whose, now } = options;
  const memory: Memory = {};
  return async (_: string, signal: AbortSignal) => {
    const object = await unlessMissing(
      home.get<CertificateSigningRequest>('certificatesigningrequests', SERVING_REQUEST, { signal }),
    );
    const step = planCertificate({
      served: memory.served,
      askedAt: memory.asked?.at,
      found: object && found(object, memory),
      approves: whose === 'self-approved',
      now: now(),
    });
    await act(step, { ...options, object, memory, serve }, signal);
    return { wakeAfterMs: step.do === 'wait' ? step.ms : 0 };
  };
}

function found(object: CertificateSigningRequest, { asked }: Memory): NonNullable<Situation['found']> {
  const uid = object.metadata.uid ?? '';
  if (asked === undefined || object.spec.request !== asked.request) return { uid, ours: false };
  return { uid, ours: true, verdict: verdictFor(object, asked.key) };
}
