import { expect, it, describe as suite } from 'vitest';
import { describe, REASONS, UserError } from './reasons.ts';

suite('the table of reasons', () => {
  it('gives each a code of its own, and something to do', () => {
    const entries = Object.values(REASONS);
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length);
    for (const { code, todo } of entries) {
      expect(code).toMatch(/^BERTH[1-6]\d\d$/);
      expect(todo, code).toMatch(/^\S.*[.]$|^\S.*: "".$/);
    }
  });
});

it('describes a reason by code and message', () => {
  expect(describe({ reason: 'Insufficient', message: 'cluster1: insufficient cpu' })).toBe(
    '[BERTH210] cluster1: insufficient cpu',
  );
});

suite('UserError', () => {
  it('has message, reason and name', () => {
    const error = new UserError('CannotListen', 'port 443 is taken');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'UserError', reason: 'CannotListen', message: 'port 443 is taken' });
    expect(error.cause).toBeUndefined();
  });

  it('keeps the cause', () => {
    const cause = new Error('EADDRINUSE');
    expect(new UserError('CannotListen', 'no', { cause }).cause).toBe(cause);
  });

  it('explains code, what went wrong and what to do', () => {
    expect(new UserError('CannotListen', 'port 443 is taken').explain()).toBe(
      '[BERTH621] port 443 is taken\n  Choose an address of this machine and a port that nobody listens on.',
    );
  });
});
