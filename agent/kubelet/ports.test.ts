import { expect, it } from 'vitest';
import { portsToTry, SPAN } from './ports.ts';

const used = (...ports: number[]) => new Set(ports);

it('counts up from the first', () => {
  expect(portsToTry({ first: 10250, used: used() }).slice(0, 2)).toEqual([10250, 10251]);
  expect(portsToTry({ first: 10250, used: used(10250, 10252) }).slice(0, 2)).toEqual([10251, 10253]);
});

it('begins with what the node showed before, within the same range only', () => {
  expect(portsToTry({ first: 10250, used: used(), shown: 10252 }).slice(0, 3)).toEqual([10252, 10250, 10251]);
  for (const shown of [0, 10249, 10250 + SPAN, 80])
    expect(portsToTry({ first: 10250, used: used(), shown })[0]).toBe(10250);
  expect(portsToTry({ first: 10250, used: used(10252), shown: 10252 })[0]).toBe(10250);
});

it('leaves the choice to the machine, if it may', () => {
  expect(portsToTry({ first: 0, used: used() })).toEqual([0]);
  expect(portsToTry({ first: 0, used: used(), shown: 40001 })).toEqual([40001, 0]);
});

it('knows no port above the last', () => {
  expect(portsToTry({ first: 65_534, used: used() })).toEqual([65_534, 65_535]);
});
