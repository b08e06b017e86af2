import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countWrites, groupWrites, parseWrite, readWrites, type Write } from './audit.ts';

const event = (changes: object = {}) =>
  JSON.stringify({
    kind: 'Event',
    stage: 'ResponseComplete',
    verb: 'patch',
    user: { username: 'berth:agent', groups: ['system:authenticated'] },
    objectRef: { resource: 'pods', subresource: 'status', namespace: 'default', name: 'p', apiVersion: 'v1' },
    responseStatus: { code: 200 },
    requestReceivedTimestamp: '2030-01-01T00:00:01.000000Z',
    ...changes,
  });

const write: Write = {
  user: 'berth:agent',
  verb: 'patch',
  resource: 'pods',
  subresource: 'status',
  namespace: 'default',
  name: 'p',
  code: 200,
  at: Date.parse('2030-01-01T00:00:01Z'),
};

describe('parseWrite', () => {
  it('reads who did what to what, and how it was answered', () => {
    expect(parseWrite(event())).toEqual(write);
  });

  it('names the group of a resource and the impersonated user', () => {
    const line = event({
      impersonatedUser: { username: 'berth:source:a' },
      objectRef: { resource: 'poddecisions', apiGroup: 'multicluster.admiralty.io', name: 'd' },
    });
    expect(parseWrite(line)).toMatchObject({
      user: 'berth:agent',
      impersonated: 'berth:source:a',
      resource: 'poddecisions.multicluster.admiralty.io',
      subresource: '',
    });
  });

  it('ignores other stages, requests without an object, and every unfinished line', () => {
    expect(parseWrite(event({ stage: 'RequestReceived' }))).toBeUndefined();
    expect(parseWrite(event({ objectRef: undefined }))).toBeUndefined();
    const line = event();
    for (let length = 0; length < line.length; length++) expect(parseWrite(line.slice(0, length))).toBeUndefined();
  });
});

describe('groupWrites', () => {
  it('counts equal writes to whatever objects together, the most frequent first', () => {
    const other = { ...write, code: 409 };
    expect(groupWrites([other, write, { ...write, name: 'q', at: 0 }])).toEqual([
      { user: 'berth:agent', verb: 'patch', resource: 'pods', subresource: 'status', code: 200, count: 2 },
      { user: 'berth:agent', verb: 'patch', resource: 'pods', subresource: 'status', code: 409, count: 1 },
    ]);
  });

  it('loses and doubles none', () => {
    const some = fc.record({
      user: fc.constantFrom('a', 'b'),
      verb: fc.constantFrom('create', 'patch'),
      resource: fc.constantFrom('pods', 'nodes'),
      subresource: fc.constantFrom('', 'status'),
      namespace: fc.string(),
      name: fc.string(),
      code: fc.constantFrom(200, 409),
      at: fc.nat(),
    });
    const property = fc.property(fc.array(some), (writes) => {
      const counts = groupWrites(writes);
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(writes.length);
    });
    fc.assert(property);
  });
});

describe('reading a log', () => {
  let folder = '';
  let log = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
    log = join(folder, 'audit.log');
    const foreign = event({ user: { username: 'system:node:n' } });
    const later = event({ requestReceivedTimestamp: '2030-01-01T00:00:05.500000Z' });
    await writeFile(log, [event(), foreign, later, event().slice(0, 80)].join('\n'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('counts whole lines, in spite of one that is being written', async () => {
    expect((await countWrites(log)).map(({ user, count }) => [user, count])).toEqual([
      ['berth:agent', 2],
      ['system:node:n', 1],
    ]);
  });

  it('counts those users only that are asked for, and only from then on', async () => {
    const since = Date.parse('2030-01-01T00:00:02Z');
    expect(await readWrites(log, { since })).toHaveLength(1);
    expect(await readWrites(log, { user: (user) => user.startsWith('system:') })).toHaveLength(1);
    expect(await readWrites(log, { since, user: (user) => user.startsWith('system:') })).toEqual([]);
  });
});
