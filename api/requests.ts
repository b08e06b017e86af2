/** What a pod asks of a node, as kube-scheduler counts it (k8s.io/component-helpers/resource PodRequests). */
import type { Container, PodSpec } from './kubernetes.ts';
import { type Amounts, addAmounts, maxAmounts, toAmounts } from './quantities.ts';

/** Requests of one container; a limit without a request counts as the request (API server defaulting). */
const containerRequests = (container: Container): Amounts => ({
  ...toAmounts(container.resources?.limits),
  ...toAmounts(container.resources?.requests),
});

/**
 * Requests of a pod: the greater of (containers + sidecars) and what each init container needs beside the sidecars
 * that started before it; pod-level requests (KEP-2837) replace the sum for the resources that they name; overhead is
 * added; and one pod slot (`pods: 1`).
 */
export function podRequests(spec: PodSpec): Amounts {
  const running: Amounts = {};
  for (const container of spec.containers) addAmounts(running, containerRequests(container));
  const sidecars: Amounts = {};
  const starting: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const requests = containerRequests(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(running, requests);
      maxAmounts(starting, addAmounts(sidecars, requests));
    } else {
      maxAmounts(starting, addAmounts({ ...sidecars }, requests));
    }
  }
  const total = maxAmounts(running, starting);
  Object.assign(total, toAmounts(spec.resources?.limits), toAmounts(spec.resources?.requests));
  addAmounts(total, toAmounts(spec.overhead));
  total['pods'] = 1;
  return total;
}
