import { expect, it } from 'vitest';
import { portsToTry, SPAN } from './ports.ts';

it('counts up from the first', () => {
  expect(portsToTry(10250).slice(0, 3)).toEqual([10250, 10251, 10252]);
});

it('begins with what the node showed before, within the same range only', () => {
  expect(portsToTry(10250, 10252).slice(0, 4)).toEqual([10252, 10250, 10251, 10253]);
  for (const shown of [0, 10249, 10250 + SPAN, 80]) expect(portsToTry(10250, shown)[0]).toBe(10250);
});

it('leaves the choice to the machine, if it may', () => {
  expect(portsToTry(0)).toEqual([0]);
  expect(portsToTry(0, 40001)).toEqual([40001, 0]);
});

it('knows no port above the last', () => {
  expect(portsToTry(65_534)).toEqual([65_534, 65_535]);
});
