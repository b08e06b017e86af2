/** `berth install`: what an admin does once, for components that then run with rights of their own. */
import { connectAll, type FleetOptions, type InstallOptions, installFleet } from './fleet.ts';
import { writeKubeconfigs } from './install/kubeconfigs.ts';
import { untilAsked } from './run.ts';

export interface InstallCommand extends FleetOptions, InstallOptions {
  /** Folder for the components' kubeconfigs; none are written if left out. */
  credentials?: string;
  tokenDays: number;
}

/** Installs CRDs, namespaces and roles, registers the members. A second time changes nothing. */
export const install = ({ credentials, tokenDays, ...options }: InstallCommand): Promise<void> =>
  untilAsked(async (asked) => {
    const fleet = await connectAll(options, asked);
    try {
      await installFleet(fleet, options, asked);
      const paths = credentials === undefined ? [] : await writeKubeconfigs(fleet, credentials, tokenDays, asked);
      for (const path of paths.sort()) process.stdout.write(`${path}\n`);
    } finally {
      await Promise.all([fleet.hub, ...fleet.members].map(({ client }) => client.close()));
    }
  });
