import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRequest } from './request.ts';

it.each([
  [
    '/containerLogs/apps/web-1/main?follow=true&tailLines=3&sinceTime=2026-01-02T03%3A04%3A05Z&timestamps=true&previous=true',
    'log',
    'container=main&follow=true&tailLines=3&sinceTime=2026-01-02T03%3A04%3A05Z&timestamps=true&previous=true',
  ],
  [
    '/exec/apps/web-1/main?command=sh&command=-c&command=a+%26+b&input=1&output=1&error=1&tty=1',
    'exec',
    'container=main&command=sh&command=-c&command=a+%26+b&stdin=true&stdout=true&stderr=true&tty=true',
  ],
  ['/exec/apps/web-1/0a-1b/main?command=ls', 'exec', 'container=main&command=ls'],
  ['/attach/apps/web-1/main?input=1&tty=0', 'attach', 'container=main&stdin=true&tty=0'],
  ['/portForward/apps/web-1', 'portforward', ''],
  ['/portForward/apps/web-1/0a-1b?port=80,8080', 'portforward', 'ports=80&ports=8080'],
  // What is no parameter of this, and a second container.
  ['/containerLogs/apps/web-1/main?command=sh&container=other', 'log', 'container=main'],
])('reads %s', (url, action, query) => {
  const read = readRequest(url);
  expect(read).toMatchObject({ namespace: 'apps', pod: 'web-1', action });
  expect(new URLSearchParams(read?.parameters.map(([name, value]): [string, string] => [name, value])).toString()).toBe(
    query,
  );
});

it.each([
  '/',
  '/pods',
  '/exec/apps/web-1',
  '/exec/apps/web-1/a/b/main',
  '/containerLogs/apps/web-1',
  '/containerLogs/apps/web-1/uid/main',
  '/containerLogs/../web-1/main',
  '/containerLogs/apps/..%2f..%2fsecrets/main',
  '/portForward/apps/web-1/a/b',
  '/portForward/apps',
  '/constructor/apps/web-1/main',
  'exec/apps/web-1/main',
])('reads nothing from %s', (url) => {
  expect(readRequest(url)).toBeUndefined();
});

it('never fails, and never reads a name that climbs', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webPath(), fc.string()), fc.constantFrom('/exec', '/containerLogs', ''), (path, room) => {
      const { namespace = 'a', pod = 'a' } = readRequest(room + path) ?? {};
      expect(`${namespace}${pod}`).toMatch(/^[a-z0-9.-]+$/);
      expect([namespace, pod]).not.toContain('..');
    }),
  );
});
