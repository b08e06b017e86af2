/** Which labels a selector selects. */
import type { LabelSelectorRequirement } from '../../api/index.ts';
import { matchesRequirement } from './requirement.ts';

/** True if the labels meet all requirements. */
export const selects = (requirements: LabelSelectorRequirement[], labels: Record<string, string>): boolean =>
  requirements.every((requirement) => matchesRequirement(requirement, labels[requirement.key]));
