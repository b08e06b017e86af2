/** A target whose agent is reached without the relay, where there is a route. */
import { describe } from 'vitest';
import { DIRECT } from '../apart.ts';
import { acceptAt, apartAt, refuseAt } from '../cluster/apart.ts';
import { test } from '../journeys/fleet.ts';
import { eventually } from '../journeys/steps.ts';
import { begun, start, type View } from './pods.ts';

/** The relay is taken for 30 s after a direct way has failed. */
const ROUTE_FOUND = 60_000;

async function works(proxy: View): Promise<true | undefined> {
  const exec = await start(proxy, 'exec', ['-i', '--', 'cat']);
  exec.child.stdin?.end('there and back');
  const log = await start(proxy, 'logs', []);
  const [echo, said] = await Promise.all([exec.ended, log.ended]);
  if (echo.code !== 0 || said.code !== 0) throw new Error(echo.stderr || said.stderr);
  return echo.length === 14 && said.length === 6 ? true : undefined;
}

describe('a target with a port for streams of its own', () => {
  test('is reached over the relay, or directly once there is a route', async ({ begin, fleet, expect }) => {
    const { proxy } = await begun(
      await begin({ from: 'cluster2', to: 'cluster1' }),
      'near',
      'echo hello; trap "exit 0" TERM; sleep 3600 & wait',
    );
    // Its firewall drops what comes there.
    expect(await works(proxy)).toBe(true);
    const target = apartAt(fleet.sites.cluster1.folder);
    await acceptAt(target, DIRECT.port);
    const relay = fleet.part('relay');
    await relay.stop();
    try {
      await eventually('streams go directly', () => works(proxy), ROUTE_FOUND);
    } finally {
      relay.start();
      await relay.ready();
      await refuseAt(target, DIRECT.port);
    }
    await eventually('streams take the relay again', () => works(proxy), ROUTE_FOUND);
  });
});
