/** Of Argo's examples, those about what runs when, and what is passed on. */
import { call, container, dag, type Example, inputs, parameters, said, say, script, steps } from './templates.ts';

export const FLOW: Record<string, Example> = {
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

  'dag-fail-fast': {
    entrypoint: 'flow',
    templates: [
      dag('flow', call('a', 'fail'), call('b', 'slow'), { ...call('c', 'slow'), dependencies: ['b'] }),
      container('fail', 'exit 1'),
      container('slow', 'sleep 6'),
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

  'artifact-passing': {
    entrypoint: 'both',
    templates: [
      steps(
        'both',
        [call('make', 'make')],
        [
          {
            ...call('take', 'take'),
            arguments: { artifacts: [{ name: 'message', from: '{{steps.make.outputs.artifacts.hello}}' }] },
          },
        ],
      ),
      container('make', 'echo hello world > /tmp/hello.txt', {
        outputs: { artifacts: [{ name: 'hello', path: '/tmp/hello.txt' }] },
      }),
      container('take', 'test "$(cat /tmp/message)" = "hello world"', {
        inputs: { artifacts: [{ name: 'message', path: '/tmp/message' }] },
      }),
    ],
  },

  'big-template': {
    entrypoint: 'big',
    templates: [script('big', `# ${'x'.repeat(150_000)}\necho done`)],
  },
};
