import { describe } from 'vitest';
import { test } from './fleet.ts';
import { elected, once, shell } from './pods.ts';
import { delegatesOf, podsIn, proxyThat, submit, succeeded } from './steps.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

const compliant = once(
  [
    shell('main', 'id -u', {
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    }),
  ],
  { securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } } },
);

const privileged = once([shell('main', 'true', { securityContext: { privileged: true } })]);

describe.concurrent('pod security is judged as if the pod ran at home', () => {
  test('a compliant pod runs in a restricted namespace', async ({ begin, expect }) => {
    const journey = await begin({ labels: RESTRICTED });
    await submit(journey, elected('compliant', 'cluster2', compliant));
    const proxy = await proxyThat(journey, 'compliant', succeeded);
    const [delegate] = await delegatesOf(journey, proxy);
    expect(delegate?.spec['securityContext']).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  });

  test('a privileged pod is refused at home with the usual words', async ({ begin, expect }) => {
    const journey = await begin({ labels: RESTRICTED });
    await expect(submit(journey, elected('privileged', 'cluster2', privileged))).rejects.toThrow(
      /violates PodSecurity "restricted:latest": privileged/,
    );
    expect(await podsIn(journey, journey.source)).toEqual([]);
  });

  test('a pod that only the target refuses says so on its proxy', async ({ begin, expect }) => {
    const journey = await begin();
    await journey.target.kubectl([
      'label',
      'namespace',
      journey.namespace,
      'pod-security.kubernetes.io/enforce=baseline',
    ]);
    await submit(journey, elected('privileged', 'cluster2', privileged));
    const proxy = await proxyThat(journey, 'privileged', [
      'tells the refusal',
      ({ status }) => JSON.stringify(status?.conditions ?? []).includes('violates PodSecurity'),
    ]);
    expect(proxy.status?.phase).toBe('Pending');
    expect(await delegatesOf(journey, proxy)).toEqual([]);
  });
});
