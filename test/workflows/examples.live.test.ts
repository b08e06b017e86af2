/** Each example of Argo's twice, at home and with every pod sent to the other cluster: its users must see no difference. */
import { describe } from 'vitest';
import { ANNOTATION } from '../../api/index.ts';
import type { Journey } from '../journeys/fleet.ts';
import { EXAMPLES } from './examples.ts';
import { credentialsIn } from './s3.ts';
import type { Example } from './templates.ts';
import { endOf, type NodeStatus, submitSpec, test, type Workflow } from './workflow.ts';

const PAGE = '../../docs/argo-examples.md';
const AWAY = { annotations: { [ANNOTATION.elect]: '', [ANNOTATION.clusterName]: 'cluster2' } };
/** Two of each run at once, of which some wait by design. */
const WITHIN = 180_000;

/** What users see of a workflow, but for times, places and the name. */
function seen({ metadata, status }: Workflow) {
  const nodes = Object.values(status?.nodes ?? {}).map((node) => [withoutName(node.name, metadata.name), told(node)]);
  const sorted = nodes.sort(([a], [b]) => String(a).localeCompare(String(b)));
  const { phase, message, progress } = status ?? {};
  return {
    phase,
    message: message && withoutName(message, metadata.name),
    progress,
    nodes: Object.fromEntries(sorted),
  };
}

/** Nodes are called after the workflow and a hash. */
const withoutName = (text: string, name: string) => text.replace(/-\d{6,}/g, '-hash').replaceAll(name, 'it');

function told({ type, phase, message, progress, outputs }: NodeStatus) {
  const { result, exitCode, parameters } = outputs ?? {};
  const values = parameters?.map(({ name, value }) => `${name}=${value}`);
  return { type, phase, message, progress, result, exitCode, values };
}

async function run(journey: Journey, name: string, spec: Example & { podMetadata?: object }): Promise<Workflow> {
  await submitSpec(journey, name, spec);
  return endOf(journey, name, WITHIN);
}

/** What Argo asks of whoever installs it: steps at home report with the right that this gives them. */
async function letReport({ source, namespace }: Journey): Promise<void> {
  const rules = [{ apiGroups: ['argoproj.io'], resources: ['workflowtaskresults'], verbs: ['create', 'patch'] }];
  const metadata = { name: 'executor', namespace };
  await source.api.create('roles', { metadata, ...{ rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'executor' };
  const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace }];
  await source.api.create('rolebindings', { metadata, ...{ roleRef, subjects } });
}

const rows = new Map<string, string>();

describe.concurrent("Argo's examples end in the other cluster as they do at home", () => {
  test.for(Object.entries(EXAMPLES))(
    '%s',
    { timeout: 2 * WITHIN },
    async ([name, spec], { begun: journey, expect }) => {
      await journey.source.api.create('secrets', credentialsIn(journey.namespace));
      await letReport(journey);
      const [home, away] = await Promise.all([
        run(journey, `${name}-home`, spec),
        run(journey, `${name}-away`, { ...spec, podMetadata: AWAY }),
      ]);
      expect(seen(away)).toEqual(seen(home));
      const pods = Object.values(away.status?.nodes ?? {}).filter(({ type }) => type === 'Pod');
      expect(new Set(pods.map(({ hostNodeName }) => hostNodeName))).toEqual(new Set(['berth-cluster2']));
      const { phase, message = '' } = seen(away);
      rows.set(name, `| ${name} | ${phase} | ${pods.length} | ${message} |`);
    },
  );
});

const HEAD = `# Argo's examples, at home and away

Written by \`npm run test:long -- argo -u\`: each workflow of \`test/workflows/examples.ts\` ran twice under a real Argo, at home and with
every pod sent to another cluster, and had the same nodes with the same phases, messages, exit codes, outputs and progress.

| example | ended as | pods elsewhere | message |
|---|---|---|---|
`;

test('the table in the docs is what was seen', async ({ begun: _, expect }) => {
  const lines = Object.keys(EXAMPLES).map((name) => rows.get(name) ?? `| ${name} | differs | | |`);
  await expect(`${HEAD}${lines.join('\n')}\n`).toMatchFileSnapshot(PAGE);
});
