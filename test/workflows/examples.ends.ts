/** Of Argo's examples, those about how steps end, and about pods of several containers. */
import { call, container, type Example, say, shell, steps } from './templates.ts';

/** Fails in its first two runs. */
const failsTwice = 'echo try {{retries}}; test {{retries}} -ge 2';

export const ENDS: Record<string, Example> = {
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
    // The pod's own deadline is a second before the workflow's; which of the two is told must not be chance.
    templates: [container('long', 'trap "sleep 20; exit 1" TERM; while :; do sleep 0.2; done')],
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
        [call('tell', 'say', { message: '{{steps.fail.exitCode}}' })],
      ),
      container('fail', 'exit 7'),
      say,
    ],
  },
};
