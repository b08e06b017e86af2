/**
 * What a plan asks for. Plans are pure: they return actions, the reasons behind them and the time at which to look
 * again; only the runner in kube/ carries actions out (docs/design.md, section 9).
 */
import type { KubeObject } from './kubernetes.ts';
import type { Reason } from './reasons.ts';
import type { ResourceName } from './resources.ts';

/** Which API server: the cluster in which the component runs, or the hub. */
export type Place = 'home' | 'hub';

interface Addressed {
  at: Place;
  resource: ResourceName;
  /** Left out for cluster-scoped kinds. */
  namespace?: string;
  name: string;
}

export interface CreateAction {
  do: 'create';
  at: Place;
  resource: ResourceName;
  object: KubeObject;
  /** User to impersonate. */
  as?: string;
  /** `fieldValidation=Strict`: a field that the server does not know is an error instead of a silent loss. */
  strict?: boolean;
  /** On AlreadyExists: success if the object there carries this annotation with this value, else the error stands. */
  adoptIf?: { annotation: string; value: string };
  /** Whatever is there of that name serves as well. */
  unlessThere?: true;
}

export interface PatchAction extends Addressed {
  do: 'patch';
  /** `apply` also creates what is not there. */
  type: 'merge' | 'strategic' | 'json' | 'apply';
  subresource?: 'status';
  body: unknown;
  /** User to impersonate. */
  as?: string;
}

export interface DeleteAction extends Addressed {
  do: 'delete';
  /** Preconditions: only the object with this UID (and, if given, in this very version) goes. */
  uid: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
}

/** `POST pods/NAME/binding`: the UID guards against a pod of the same name made anew. */
export interface BindAction {
  do: 'bind';
  at: Place;
  namespace: string;
  name: string;
  uid: string;
  node: string;
  /** What the pod is given with it (k8s.io/kubernetes, pkg/registry/core/pod/storage, `assignPod`). */
  annotations?: Record<string, string>;
}

export type Action = CreateAction | PatchAction | DeleteAction | BindAction;

export interface Plan {
  /** In the order in which they must take effect. */
  actions: Action[];
  reasons: Reason[];
  /** Look again after so many milliseconds, even if nothing changes. */
  wakeAfterMs?: number;
}

/** A plan that does nothing. */
export const nothing = (reasons: Reason[] = []): Plan => ({ actions: [], reasons });

/** Compile-time proof that a union was handled to its end. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
