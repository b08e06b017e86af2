/** On everything that Berth creates beside its own kinds, so that it can be found and removed. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'berth' };
