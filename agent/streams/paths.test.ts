import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Call, callPath, known, parseCall, podPath } from './paths.ts';

const uid = '0a1b2c3d-0000-4000-8000-000000000000';
const exec: Call = {
  uid,
  action: 'exec',
  parameters: [
    ['container', 'main'],
    ['command', 'sh'],
    ['command', '-c'],
    ['command', 'echo a&b=c #? %2f ü'],
    ['stdin', 'true'],
  ],
};

describe('a call', () => {
  it('comes out of its path as it went in, commands in their order', () => {
    expect(parseCall(callPath(exec))).toEqual(exec);
    expect(callPath({ uid, action: 'portforward', parameters: [] })).toBe(`/v1/delegates/${uid}/portforward`);
  });

  it('comes out as it went in, whatever the words are', () => {
    const words = fc.array(fc.tuple(fc.constantFrom('command', 'container', 'tty'), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(words, (parameters) => {
        const call: Call = { uid, action: 'exec', parameters };
        expect(parseCall(callPath(call))).toEqual(call);
      }),
      { numRuns: 50 },
    );
  });

  it('loses what its action does not know', () => {
    expect(parseCall(`/v1/delegates/${uid}/log?follow=true&command=sh`)?.parameters).toEqual([['follow', 'true']]);
    expect(known('portforward', exec.parameters)).toEqual([]);
  });

  it.each([
    '',
    '/',
    `/v1/delegates/${uid}`,
    `/v1/delegates/${uid}/`,
    `/v1/delegates/${uid}/run`,
    `/v1/delegates/${uid}/constructor`,
    `/v1/delegates/${uid}/log/more`,
    `/v1/delegates/../${uid}/log`,
    '/v1/delegates/../log',
    '/v1/delegates/a%2Fb/log',
    `/v2/delegates/${uid}/log`,
    `/v1/pods/${uid}/log`,
    `x/v1/delegates/${uid}/log`,
  ])('is not in %j', (path) => {
    expect(parseCall(path)).toBeUndefined();
  });

  it('never makes a path of another pod or subresource, whatever was sent', () => {
    const pod = { namespace: 'apps', name: 'd' };
    const text = fc.oneof(fc.string(), fc.webPath(), fc.constantFrom('../', '..%2f', `/v1/delegates/${uid}/exec?`));
    fc.assert(
      fc.property(fc.array(text), (parts) => {
        const call = parseCall(parts.join(''));
        if (call === undefined) return;
        const { pathname } = new URL(podPath(pod, call), 'https://api');
        expect(pathname).toBe(`/api/v1/namespaces/apps/pods/d/${call.action}`);
      }),
    );
  });
});
