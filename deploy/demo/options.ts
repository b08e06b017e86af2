/** Pure: the demo's command line. */
import { parseArgs } from 'node:util';

export const USAGE = `usage: npm run demo -- [--nodes auto|kubelet|simulated] [--json] [--keep]
       npm run demo -- --down

Two clusters are started on this machine, cluster1 with room for three steps and cluster2 for four; ten steps of ten
seconds run on cluster1 alone, then on both; then a and b, pinned to cluster2, run before c.

--nodes  real kubelets where this machine can run them (auto), only so, or simulated nodes
--json   the last line on standard output is the result as one object; everything else goes to standard error
--keep   the clusters and Berth stay up for you to try
--down   ends what --keep left`;

const NODES = ['auto', 'kubelet', 'simulated'] as const;

export interface Options {
  nodes: (typeof NODES)[number];
  json: boolean;
  keep: boolean;
  down: boolean;
  help: boolean;
}

/** Throws, with a sentence for the user, on what it does not know. */
export function parseOptions(args: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { nodes: { type: 'string', default: 'auto' }, json: flag, keep: flag, down: flag, help: flag },
  });
  const nodes = NODES.find((kind) => kind === values.nodes);
  if (nodes === undefined) throw new Error(`--nodes is one of ${NODES.join(', ')}, not ${values.nodes}`);
  return { ...values, nodes };
}
