import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Course, tableOf } from './course.ts';
import { account, leftOver, runAll } from './run.ts';
import { type Scene, startScene } from './scene.ts';
import { CASES, CLEAN_UP, FAULTS, LIFE, UNHEARD } from './table.ts';

/** 13 as the design has it, and two for a state in between (a delegate that waits, say) on a machine that is busy. */
const BUDGET = 13 + 2;

/** How often a write may be tried while the watches are silent: every conflict comes again, later each time. */
const SILENT_TRIES = 10;

let scene: Scene | undefined;
const courses: Course[] = [];
let left: string[] = [];

beforeAll(async () => {
  scene = await startScene();
  for (const cases of [CASES, UNHEARD]) courses.push(...(await runAll(scene, cases, console.error)));
  left = await leftOver(scene);
  await account(scene, courses);
  const names = [...LIFE, ...CLEAN_UP].map(({ name }) => name);
  const table = tableOf(courses, names, [...Object.keys(FAULTS), 'unheard']);
  console.log(`seconds until the end, or until all was gone (writes that Berth asked for)\n${table}`);
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe('a write of a pod that is answered with a fault, once', () => {
  test.each([...CASES, ...UNHEARD].map(({ name }) => name))(
    '%s: one delegate, one truthful end, little more work',
    (name) => {
      const course = courses.find((one) => one.case.name === name);
      const faults = course?.case.write === undefined ? 0 : 1;
      expect(course?.rule?.count ?? 0).toBe(faults);
      expect(course?.untruth).toBeUndefined();
      expect(course?.created).toEqual([course?.ids.delegate]);
      expect(course?.ms).toBeDefined();
      expect(course?.writes.length).toBeLessThanOrEqual(BUDGET + faults + (course?.case.isUnheard ? SILENT_TRIES : 0));
    },
  );
});

test('nothing of any pod is left in either cluster', () => {
  expect(left).toEqual([]);
});

test('Berth logs no error', async () => {
  const lines = (await readFile(scene?.logFile ?? '', 'utf8')).split('\n');
  expect(lines.filter((line) => line.startsWith('{"level":50'))).toEqual([]);
  // A fault that is got over is a warning; that they are there shows that this is the log.
  expect(lines.filter((line) => line.startsWith('{"level":40'))).not.toEqual([]);
});
