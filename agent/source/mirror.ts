/** Step 6, the source's half: what the target reports becomes the proxy's status and annotations, in one patch. */
import {
  type Action,
  ANNOTATION,
  type Condition,
  type ContainerStatus,
  isTerminal,
  type Pod,
  type PodStatus,
} from '../../api/index.ts';
import { annotationsFrom } from './owner.ts';
import { currentDelegation, type SourceState } from './state.ts';

/** True for what speaks of the proxy's own cluster: that it is taken away there is not overwritten. */
const isOfHome = ({ type, status }: Condition): boolean =>
  type === 'PodScheduled' || (type === 'DisruptionTarget' && status === 'True');

/**
 * One strategic patch of `pods/status`, or none if the proxy already looks so. An ended proxy is never touched, and
 * the patch carries the resourceVersion: the API server itself would let a late writer turn Succeeded into Running again.
 */
export function mirror(state: SourceState): Action[] {
  const { proxy } = state;
  const report = currentDelegation(state)?.status;
  if (proxy === undefined || report?.pod === undefined || isTerminal(proxy.status)) return [];
  const reported = state.targetOffline ? withoutReady(report.pod) : report.pod;
  return show(proxy, reported, changedAnnotations(state, proxy));
}

/** The patch by which a proxy shows a delegate's status, or none if it does. */
export function show(proxy: Pod, reported: PodStatus, annotations?: Record<string, string | null>): Action[] {
  const status = statusPatch(proxy, reported);
  if (status === undefined && annotations === undefined) return [];
  return [patchProxy(proxy, status ?? {}, annotations)];
}

/** As long as nobody knows, the node controller's word counts: it says of all pods on the virtual node that they are not. */
const withoutReady = (reported: PodStatus): PodStatus => ({
  ...reported,
  conditions: reported.conditions?.filter(({ type }) => type !== 'Ready') ?? [],
});

/** The one patch of a proxy's status: of nothing but what was seen, since it may arrive late. */
export function patchProxy(proxy: Pod, status: PodStatus, annotations?: Record<string, string | null>): Action {
  const { uid, resourceVersion } = proxy.metadata;
  const metadata = { uid, resourceVersion, ...(annotations === undefined ? {} : { annotations }) };
  return {
    do: 'patch',
    at: 'home',
    resource: 'pods',
    namespace: proxy.metadata.namespace ?? '',
    name: proxy.metadata.name,
    type: 'strategic',
    subresource: 'status',
    body: { metadata, status },
  };
}

/** What of the delegate's status the proxy does not show yet; undefined if nothing. */
function statusPatch(proxy: Pod, reported: PodStatus): PodStatus | undefined {
  const wanted: PodStatus = {
    ...pick(reported),
    ...containerLists(proxy, reported),
  };
  const shown = proxy.status ?? {};
  const patch: PodStatus = {};
  for (const [field, value] of Object.entries(wanted)) if (!same(shown[field], value)) patch[field] = value;
  // A reason that no longer holds (a waiting pod that was late) is taken back; absence would leave it.
  for (const field of ['reason', 'message']) if (shown[field] && wanted[field] === undefined) patch[field] = null;
  const conditions = changedConditions(proxy, reported.conditions ?? []);
  if (conditions.length > 0) Object.assign(patch, { conditions });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Fields that travel as they are. Never podIP: pod networks may overlap, and a Service would reach a stranger. */
function pick({ phase, reason, message, startTime }: PodStatus): PodStatus {
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

/** Containers by name; those that only the target knows (injected there) stay there. */
function containerLists(proxy: Pod, reported: PodStatus): PodStatus {
  const known = new Set([...proxy.spec.containers, ...(proxy.spec.initContainers ?? [])].map(({ name }) => name));
  const keep = (list: ContainerStatus[] | undefined) => list?.filter(({ name }) => known.has(name)) ?? [];
  const main = keep(reported.containerStatuses);
  const init = keep(reported.initContainerStatuses);
  return {
    ...(main.length > 0 ? { containerStatuses: main } : {}),
    ...(init.length > 0 ? { initContainerStatuses: init } : {}),
  };
}

/** Conditions are merged by type, so only those that differ are sent. */
function changedConditions(proxy: Pod, reported: Condition[]): object[] {
  const gates = new Set(
    (proxy.spec['readinessGates'] as { conditionType: string }[] | undefined)?.map((g) => g.conditionType),
  );
  const shown = new Map(proxy.status?.conditions?.map((condition) => [condition.type, condition]));
  const ofHome = new Set([
    'PodScheduled',
    ...(proxy.status?.conditions ?? []).filter(isOfHome).map(({ type }) => type),
  ]);
  return reported
    .filter(({ type }) => !ofHome.has(type) && !gates.has(type))
    .map(({ observedGeneration: _ofTheDelegate, ...condition }) => condition)
    .filter((condition) => !sameCondition(shown.get(condition.type), condition))
    .map((condition) => ({ ...taken(shown.get(condition.type)), ...condition }));
}

/** Why a pod was not ready would stay when it is: in a merge, what is left out keeps its value. */
const taken = (shown: Condition | undefined) => ({
  ...(shown?.reason === undefined ? {} : { reason: null }),
  ...(shown?.message === undefined ? {} : { message: null }),
});

const sameCondition = (a: Condition | undefined, b: Condition): boolean =>
  a?.status === b.status && (a.reason ?? '') === (b.reason ?? '') && (a.message ?? '') === (b.message ?? '');

function changedAnnotations(state: SourceState, proxy: Pod): Record<string, string | null> | undefined {
  const delegation = currentDelegation(state);
  const annotations = delegation?.status?.annotations ?? {};
  if (delegation === undefined) return undefined;
  // Nearly all pods: nothing came, nothing has come.
  if (Object.keys(annotations).length === 0 && proxy.metadata.annotations?.[ANNOTATION.mirrored] === undefined)
    return undefined;
  const upToDate = delegation.status?.observedGeneration === delegation.metadata.generation;
  const { amendments = [] } = delegation.spec;
  return annotationsFrom({ annotations, upToDate }, proxy, state.sentMeta(delegation), amendments);
}

/** Same JSON value; absent and null are alike, as the API server drops nulls. */
function same(a: unknown, b: unknown): boolean {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys)
    if (!same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  return true;
}
