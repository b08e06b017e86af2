/** The same in networks of their own, with the hub in a third, for suites that cross from one cluster to the other. */
import type { TestProject } from 'vitest/node';
import { prepare } from './setup.ts';

export default (project: TestProject): Promise<() => Promise<void>> => prepare(project, { apart: true });
