/** What the hub knows of each proxy, put together from its three objects. Pure. */
import { isTerminal, type PodDecision, type PodDelegation, type PodObservation, refusalOf } from '../api/index.ts';

export interface Story {
  source: string;
  namespace: string;
  name: string;
  uid: string;
  state: 'Waiting' | 'Decided' | 'Starting' | 'Running' | 'Succeeded' | 'Failed' | 'Refused' | 'Ending';
  target?: string;
  attempt?: number;
  delegate?: string;
  node?: string;
  /** Why it waits, or what the target said. */
  message?: string;
}

export interface HubPods {
  observations: PodObservation[];
  decisions: PodDecision[];
  delegations: PodDelegation[];
}

/** One story per observation, in the order of source, namespace and name. */
export function stories({ observations, decisions, delegations }: HubPods): Story[] {
  const decisionOf = new Map(decisions.map((decision) => [decision.metadata.name, decision]));
  const delegationsOf = Map.groupBy(delegations, ({ metadata }) => metadata.name);
  return observations
    .map((observation) => {
      const uid = observation.metadata.name;
      const decision = decisionOf.get(uid);
      const current = delegationsOf.get(uid)?.find(({ spec }) => spec.attempt === decision?.spec.attempt);
      return story(observation, decision, current);
    })
    .sort((a, b) => order(a).localeCompare(order(b)));
}

const order = ({ source, namespace, name }: Story): string => `${source}/${namespace}/${name}`;

function story(observation: PodObservation, decision?: PodDecision, delegation?: PodDelegation): Story {
  const { namespace, name, uid } = observation.spec.pod;
  const source = (observation.metadata.namespace ?? '').replace(/^berth-/, '');
  const target = decision?.spec.target;
  const node = delegation?.status?.delegate?.node;
  const message = messageOf(observation, decision, delegation);
  return {
    source,
    namespace,
    name,
    uid,
    state: stateOf(decision, delegation),
    ...(target === undefined ? {} : { target }),
    ...(decision === undefined ? {} : { attempt: decision.spec.attempt }),
    ...(delegation === undefined ? {} : { delegate: delegation.spec.delegate.name }),
    ...(node === undefined ? {} : { node }),
    ...(message === undefined ? {} : { message }),
  };
}

function stateOf(decision?: PodDecision, delegation?: PodDelegation): Story['state'] {
  if (decision?.spec.target === undefined) return 'Waiting';
  if (delegation === undefined) return 'Decided';
  const pod = delegation.status?.pod;
  if (isTerminal(pod)) return pod?.phase === 'Succeeded' ? 'Succeeded' : 'Failed';
  if (refusalOf(delegation) !== undefined) return 'Refused';
  if (delegation.spec.desired === 'Gone') return 'Ending';
  return pod?.phase === 'Running' ? 'Running' : 'Starting';
}

function messageOf(observation: PodObservation, decision?: PodDecision, delegation?: PodDelegation) {
  if (delegation !== undefined) return refusalOf(delegation)?.message ?? delegation.status?.pod?.message;
  if (decision?.spec.target !== undefined) return undefined;
  return observation.status?.conditions?.find(({ type, status }) => type === 'Decided' && status === 'False')?.message;
}
