/** How a delegate ended that vanished without saying so: deleted, evicted, its node lost (invariant 2). */
import {
  type Condition,
  type Container,
  type ContainerStatus,
  isTerminal,
  type Pod,
  type PodSpec,
  type PodStatus,
} from '../../api/index.ts';
import { reportedStatus } from './report.ts';

const MESSAGE = 'The container could not be located when the pod was terminated';

/** The kubelet's own words for a container whose end nobody saw. */
function finish(status: ContainerStatus, finishedAt: string): ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  const startedAt = status.state?.running?.startedAt;
  const terminated = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: MESSAGE,
    ...(startedAt !== undefined && { startedAt }),
    finishedAt,
  };
  return { ...status, ready: false, started: false, state: { terminated } };
}

/** Statuses for all `containers`, also for those that none was ever seen of: Argo looks for every name. */
function finishAll(containers: Container[], known: ContainerStatus[] | undefined, at: string): ContainerStatus[] {
  const byName = new Map(known?.map((status) => [status.name, status]));
  return containers.map(({ name, image }) =>
    finish(byName.get(name) ?? { name, image: image ?? '', imageID: '', ready: false, restartCount: 0 }, at),
  );
}

/** A pod that failed is not Ready. */
function unready(conditions: Condition[] = [], at: string): Condition[] {
  const changes = (condition: Condition) =>
    (condition.type === 'Ready' || condition.type === 'ContainersReady') && condition.status !== 'False';
  return conditions.map((condition) =>
    changes(condition)
      ? { type: condition.type, status: 'False', reason: 'PodFailed', lastTransitionTime: at }
      : condition,
  );
}

/** Why it vanished, as far as anybody in the target said so. */
function cause(status: PodStatus | undefined, fallback: string): { reason: string; message: string } {
  const disruption = status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  return {
    reason: status?.reason ?? disruption?.reason ?? 'DelegateLost',
    message: status?.message ?? disruption?.message ?? fallback,
  };
}

/**
 * The final status of a delegate that is gone. `last` is the delegate as last seen (then its own end counts), `told` what
 * the hub heard last, `spec` the manifest's, `at` the time of this agent (RFC 3339) for what nobody else has a time of.
 */
export function lostStatus(
  last: Pod | undefined,
  told: PodStatus | undefined,
  spec: PodSpec,
  { at, message }: { at: string; message: string },
): PodStatus {
  const known = last === undefined ? told : reportedStatus(last.status);
  if (known !== undefined && isTerminal(known)) return known;
  return {
    ...known,
    phase: 'Failed',
    ...cause(known, message),
    conditions: unready(known?.conditions, at),
    containerStatuses: finishAll(spec.containers, known?.containerStatuses, at),
    ...(spec.initContainers && {
      initContainerStatuses: finishAll(spec.initContainers, known?.initContainerStatuses, at),
    }),
  };
}
