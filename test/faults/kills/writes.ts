/** The writes of one pod's life and clean-up (docs/design.md, "Write budget"), and how to know each on the wire. Pure. */
import type { ProxyRequest } from '../proxy/faults.ts';

export type BudgetWrite = {
  /** As people say it. */
  readonly name: string;
  /** Whose it is: a role of the fleet. */
  readonly role: string;
  /** Whether it comes after the proxy was deleted. */
  readonly cleanUp: boolean;
  readonly match: (request: ProxyRequest) => boolean;
};

const write = (name: string, role: string, method: string, path: RegExp, says = '', cleanUp = false): BudgetWrite => ({
  ...{ name, role, cleanUp },
  match: (request) => request.method === method && path.test(request.path) && request.body.includes(says),
});

const SOURCE = 'agent-source';
const TARGET = 'agent-target';

/** In the order in which they come for one pod from `source` to `target`. */
export const BUDGET: readonly BudgetWrite[] = [
  write('create observation', SOURCE, 'POST', /\/podobservations$/),
  write('create decision', 'scheduler', 'POST', /\/poddecisions$/),
  write('create delegation', SOURCE, 'POST', /\/poddelegations$/),
  write('create delegate', TARGET, 'POST', /\/pods$/),
  write('report running', TARGET, 'PATCH', /\/poddelegations\/[^/]+\/status$/, '"phase":"Running"'),
  write('bind proxy', SOURCE, 'POST', /\/binding$/),
  write('mirror running', SOURCE, 'PATCH', /\/pods\/[^/]+\/status$/, '"phase":"Running"'),
  write('report end', TARGET, 'PATCH', /\/poddelegations\/[^/]+\/status$/, '"phase":"Succeeded"'),
  write('mirror end', SOURCE, 'PATCH', /\/pods\/[^/]+\/status$/, '"phase":"Succeeded"'),
  write('want it gone', SOURCE, 'PATCH', /\/poddelegations\/[^/]+$/, '"Gone"', true),
  write('delete delegate', TARGET, 'DELETE', /\/pods\/[^/]+$/, '', true),
  write('delete delegation', TARGET, 'DELETE', /\/poddelegations\/[^/]+$/, '', true),
  write('delete observation', SOURCE, 'DELETE', /\/podobservations\/[^/]+$/, '', true),
];
