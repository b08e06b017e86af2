import { describe, expect, it } from 'vitest';
import { assertNever, nothing } from './actions.ts';

describe('nothing', () => {
  it('is a plan without actions, and without a time to look again', () => {
    expect(nothing()).toStrictEqual({ actions: [], reasons: [] });
  });

  it('may say why', () => {
    const reasons = [{ reason: 'Gated' as const, message: 'gated' }];
    expect(nothing(reasons)).toStrictEqual({ actions: [], reasons });
  });
});

it('throws at what no type allows, showing it', () => {
  expect(() => assertNever({ do: 'dance' } as never)).toThrow(new Error('unexpected {"do":"dance"}'));
});
