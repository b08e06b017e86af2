/**
 * What Argo's own examples show, one workflow each, as their users would write it here: with busybox, which every test
 * cluster has, and without chance, so that two runs can be compared.
 */

interface Template {
  name: string;
  [field: string]: unknown;
}

export interface Example {
  entrypoint: string;
  templates: Template[];
  onExit?: string;
  arguments?: object;
  activeDeadlineSeconds?: number;
}

const IMAGE = 'busybox:1.36';
const resources = { requests: { cpu: '10m' } };
const shell = (script: string) => ({ image: IMAGE, command: ['sh', '-c', script], resources });
const container = (name: string, script: string, more: object = {}): Template => ({
  name,
  container: shell(script),
  ...more,
});
const script = (name: string, source: string, more: object = {}): Template => ({
  name,
  script: { image: IMAGE, command: ['sh'], source, resources },
  ...more,
});
const parameters = (values: Record<string, string>) => ({
  parameters: Object.entries(values).map(([name, value]) => ({ name, value })),
});
const inputs = (...names: string[]) => ({ inputs: { parameters: names.map((name) => ({ name })) } });
const call = (name: string, template: string, given?: Record<string, string>, more: object = {}) => ({
  name,
  template,
  ...(given && { arguments: parameters(given) }),
  ...more,
});
const steps = (name: string, ...groups: object[][]): Template => ({ name, steps: groups });
const dag = (name: string, ...tasks: object[]): Template => ({ name, dag: { tasks } });
const say = container('say', 'echo "{{inputs.parameters.message}}"', inputs('message'));
const said = (path: string) => ({ parameters: [{ name: 'value', valueFrom: { path } }] });
/** Fails in its first two runs. */
const failsTwice = 'echo try {{retries}}; test {{retries}} -ge 2';

export const EXAMPLES: Record<string, Example> = {
  'hello-world': { entrypoint: 'hello', templates: [container('hello', 'echo hello world')] },

  steps: {
    entrypoint: 'all',
    templates: [
      steps(
        'all',
        [call('first', 'say', { message: 'one' })],
        [call('second', 'say', { message: 'two' }), call('beside', 'say', { message: 'three' })],
      ),
      say,
    ],
  },

  'dag-diamond': {
    entrypoint: 'diamond',
    templates: [
      dag(
        'diamond',
        call('a', 'say', { message: 'a' }),
        call('b', 'say', { message: 'b' }, { depends: 'a' }),
        call('c', 'say', { message: 'c' }, { depends: 'a' }),
        call('d', 'say', { message: 'd' }, { depends: 'b && c' }),
      ),
      say,
    ],
  },

  'dag-nested': {
    entrypoint: 'outer',
    templates: [
      dag('outer', call('a', 'inner'), call('b', 'inner', undefined, { depends: 'a' })),
      dag('inner', call('c', 'say', { message: 'c' }), call('d', 'say', { message: 'd' }, { depends: 'c' })),
      say,
    ],
  },

  loops: {
    entrypoint: 'each',
    templates: [
      steps('each', [call('one', 'say', { message: '{{item}}' }, { withItems: ['red', 'green', 'blue'] })]),
      say,
    ],
  },

  'loops-param-result': {
    entrypoint: 'each',
    templates: [
      steps(
        'each',
        [call('list', 'list')],
        [call('one', 'say', { message: '{{item}}' }, { withParam: '{{steps.list.outputs.result}}' })],
      ),
      script('list', 'echo "[20, 21, 22]"'),
      say,
    ],
  },

  scripts: {
    entrypoint: 'both',
    templates: [
      steps('both', [call('make', 'make')], [call('tell', 'say', { message: '{{steps.make.outputs.result}}' })]),
      script('make', 'echo $((6 * 7))'),
      say,
    ],
  },

  'output-parameter': {
    entrypoint: 'both',
    templates: [
      steps(
        'both',
        [call('make', 'make')],
        [call('tell', 'say', { message: '{{steps.make.outputs.parameters.value}}' })],
      ),
      container('make', 'echo -n "hello world" > /tmp/value', { outputs: said('/tmp/value') }),
      say,
    ],
  },

  'parameter-aggregation': {
    entrypoint: 'all',
    templates: [
      steps(
        'all',
        [call('odd', 'parity', { number: '{{item}}' }, { withItems: [1, 2, 3] })],
        [call('tell', 'say', { message: '{{steps.odd.outputs.parameters.value}}' })],
      ),
      container('parity', 'expr {{inputs.parameters.number}} % 2 > /tmp/value || true', {
        ...inputs('number'),
        outputs: said('/tmp/value'),
      }),
      say,
    ],
  },

  conditionals: {
    entrypoint: 'choose',
    arguments: parameters({ wanted: 'true' }),
    templates: [
      steps('choose', [
        call('yes', 'say', { message: 'yes' }, { when: '{{workflow.parameters.wanted}} == true' }),
        call('no', 'say', { message: 'no' }, { when: '{{workflow.parameters.wanted}} != true' }),
      ]),
      say,
    ],
  },

  'coinflip-recursive': {
    entrypoint: 'flip',
    arguments: parameters({ depth: '' }),
    templates: [
      {
        ...steps(
          'flip',
          [call('coin', 'coin', { depth: '{{inputs.parameters.depth}}' })],
          [
            call('heads', 'say', { message: 'heads' }, { when: '{{steps.coin.outputs.result}} == heads' }),
            call(
              'tails',
              'flip',
              { depth: '{{inputs.parameters.depth}}x' },
              { when: '{{steps.coin.outputs.result}} == tails' },
            ),
          ],
        ),
        ...inputs('depth'),
      },
      script('coin', 'test "{{inputs.parameters.depth}}" = xx && echo heads || echo tails', inputs('depth')),
      say,
    ],
  },

  'exit-handlers': {
    entrypoint: 'fails',
    onExit: 'after',
    templates: [
      container('fails', 'echo intentional; exit 1'),
      steps('after', [
        call('tell', 'say', { message: '{{workflow.status}}' }),
        call('cheer', 'say', { message: 'good' }, { when: '{{workflow.status}} == Succeeded' }),
        call('mourn', 'say', { message: 'bad' }, { when: '{{workflow.status}} != Succeeded' }),
      ]),
      say,
    ],
  },

  'retry-on-error': {
    entrypoint: 'again',
    templates: [container('again', failsTwice, { retryStrategy: { limit: '3', retryPolicy: 'Always' } })],
  },

  'retry-only-on-error': {
    entrypoint: 'once',
    templates: [container('once', 'exit 4', { retryStrategy: { limit: '2', retryPolicy: 'OnError' } })],
  },

  'retry-backoff': {
    entrypoint: 'again',
    templates: [
      container('again', failsTwice, {
        retryStrategy: { limit: '3', backoff: { duration: '1', factor: '2', maxDuration: '1m' } },
      }),
    ],
  },

  'retry-conditional': {
    entrypoint: 'again',
    templates: [
      container('again', 'exit $((3 - {{retries}}))', {
        retryStrategy: { limit: '10', expression: 'asInt(lastRetry.exitCode) > 1' },
      }),
    ],
  },

  timeouts: {
    entrypoint: 'long',
    templates: [container('long', 'sleep 1000', { activeDeadlineSeconds: 5 })],
  },

  'timeouts-workflow': {
    entrypoint: 'long',
    activeDeadlineSeconds: 8,
    templates: [container('long', 'sleep 1000')],
  },

  sidecar: {
    entrypoint: 'pair',
    templates: [
      container('pair', 'until wget -qO- http://127.0.0.1:8086/; do sleep 0.2; done', {
        sidecars: [{ name: 'server', ...shell('mkdir /www; echo hello > /www/index.html; httpd -f -p 8086 -h /www') }],
      }),
    ],
  },

  'container-set': {
    entrypoint: 'set',
    templates: [
      {
        name: 'set',
        containerSet: {
          containers: [
            { name: 'a', ...shell('echo a') },
            { name: 'b', ...shell('echo b'), dependencies: ['a'] },
            { name: 'c', ...shell('echo c'), dependencies: ['a', 'b'] },
          ],
        },
      },
    ],
  },

  'suspend-template': {
    entrypoint: 'both',
    templates: [
      steps(
        'both',
        [call('build', 'say', { message: 'build' })],
        [call('wait', 'wait')],
        [call('release', 'say', { message: 'release' })],
      ),
      { name: 'wait', suspend: { duration: '3' } },
      say,
    ],
  },

  progress: {
    entrypoint: 'slow',
    templates: [
      container('slow', 'for i in 25 50 100; do echo "$i/100" > "$ARGO_PROGRESS_FILE"; sleep 4; done', {
        metadata: { annotations: { 'workflows.argoproj.io/progress': '0/100' } },
      }),
    ],
  },

  'exit-code': {
    entrypoint: 'both',
    templates: [
      steps(
        'both',
        [call('fail', 'fail', undefined, { continueOn: { failed: true } })],
        [call('tell', 'say', { message: '{{steps.fail.outputs.exitCode}}' })],
      ),
      container('fail', 'exit 7'),
      say,
    ],
  },
};
