/**
 * What Argo's own examples show, one workflow each, as their users would write it here: with busybox, which every test
 * cluster has, and without chance, so that two runs can be compared.
 */
import { ENDS } from './examples.ends.ts';
import { FLOW } from './examples.flow.ts';
import type { Example } from './templates.ts';

export const EXAMPLES: Record<string, Example> = { ...FLOW, ...ENDS };
