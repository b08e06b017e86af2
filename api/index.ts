/** The contract that all rooms share: names, types, schemas, actions, reasons. No I/O. */
export * from './accept.ts';
export * from './actions.ts';
export * from './kubernetes.ts';
export * from './manifest.ts';
export * from './names.ts';
export * from './objects/cluster.ts';
export * from './objects/cluster-observation.ts';
export * from './objects/node-pool-observation.ts';
export * from './objects/pod-decision.ts';
export * from './objects/pod-delegation.ts';
export * from './objects/pod-observation.ts';
export * from './quantities.ts';
export * from './reasons.ts';
export * from './requests.ts';
export * from './resources.ts';
export * from './selector.ts';
export * from './time.ts';
