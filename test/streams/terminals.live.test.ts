/** Terminals on a proxy: their size, also when it changes, keys that end a command, and a shell that is attached to. */
import { describe } from 'vitest';
import { test } from '../journeys/fleet.ts';
import { elected, once, shell } from '../journeys/pods.ts';
import { delegateOf, eventually, proxyThat, running, submit } from '../journeys/steps.ts';
import { KUBECTLS, pathTo } from './kubectls.ts';
import { begun, wordsOf } from './pods.ts';
import { inTerminal, type Terminal } from './terminal.ts';

const SMALL = { rows: 41, columns: 97 };
const WIDE = { rows: 52, columns: 143 };
const CTRL_C = '\x03';
const INTERRUPTED = 130;

const shows = ({ shown }: Terminal, wanted: RegExp) =>
  eventually(`the terminal shows ${wanted}`, async () => {
    if (!wanted.test(shown())) throw new Error(`it shows ${shown().slice(-500)}`);
    return true;
  });

describe.concurrent('a terminal', () => {
  test.for(KUBECTLS)(
    'by %s has its size, also when that changes, until it is interrupted',
    async ([, kubectl], { begin, expect }) => {
      const { proxy } = await begun(await begin(), 'terminal');
      const words = wordsOf(proxy, 'exec', ['-it', '--', 'sh', '-c', 'while :; do stty size; sleep 0.2; done']);
      await using terminal = await inTerminal([await pathTo(kubectl), ...words], SMALL, kubectl.env);
      await shows(terminal, /^41 97\r$/m);
      await terminal.resize(WIDE);
      await shows(terminal, /^52 143\r$/m);
      terminal.type(CTRL_C);
      expect(await terminal.ended).toBe(INTERRUPTED);
    },
  );

  test.for(KUBECTLS)('by %s attaches to a shell, again and again', async ([, kubectl], { begin, expect }) => {
    const journey = await begin();
    const container = { ...shell('main', ''), command: ['sh'], stdin: true, tty: true };
    await submit(journey, elected('shell', 'cluster2', once([container])));
    const pod = await proxyThat(journey, 'shell', running);
    const attach = async () => {
      const words = wordsOf({ site: journey.source, pod }, 'attach', ['-it']);
      const terminal = await inTerminal([await pathTo(kubectl), ...words], SMALL, kubectl.env);
      terminal.type('\n');
      return terminal;
    };
    {
      await using first = await attach();
      await shows(first, /# /);
      first.type('kept=$((6 * 7))\nstty size\n');
      await shows(first, /^41 97\r$/m);
      await first.resize(WIDE);
      await eventually('the new size', async () => {
        first.type('stty size\n');
        return /^52 143\r$/m.test(first.shown()) || undefined;
      });
    }
    await using second = await attach();
    second.type('echo is $kept\n');
    await shows(second, /^is 42\r$/m);
    await delegateOf(journey, pod, running);
    second.type('exit 5\n');
    const ended = await proxyThat(journey, 'shell', ['has failed', ({ status }) => status?.phase === 'Failed']);
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
    expect(await second.ended).toBe(0);
  });
});
