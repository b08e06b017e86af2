/** All Kubernetes I/O: clients, caches, queues, controllers, the runner of actions. */
export * from './apply.ts';
export * from './client.ts';
export * from './controller.ts';
export * from './credentials.ts';
export * from './errors.ts';
export * from './events.ts';
export { type Leadership, runElected } from './lease.ts';
export * from './log.ts';
export * from './queue.ts';
export * from './reflector.ts';
export * from './reflectors.ts';
export * from './runner.ts';
export * from './service-account.ts';
export * from './store.ts';
export * from './time.ts';
export * from './until.ts';
