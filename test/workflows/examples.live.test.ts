/** Each example of Argo's twice, at home and with every pod sent to the other cluster: its users must see no difference. */
import { describe } from 'vitest';
import type { Journey } from '../journeys/fleet.ts';
import { EXAMPLES } from './examples.ts';
import { credentialsIn } from './s3.ts';
import { podsOf, seen } from './seen.ts';
import type { Example } from './templates.ts';
import { AWAY, endOf, letReport, submitSpec, test, type Workflow } from './workflow.ts';

const PAGE = '../../docs/argo-examples.md';
/** Two of each run at once, of which some wait by design. */
const WITHIN = 180_000;

async function run(journey: Journey, name: string, spec: Example & { podMetadata?: object }): Promise<Workflow> {
  await submitSpec(journey, name, spec);
  return endOf(journey, name, WITHIN);
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
      const pods = podsOf(away);
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
