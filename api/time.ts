/** Kubernetes' `Time`: RFC 3339 in whole seconds, UTC. @param ms milliseconds since the epoch. */
export const rfc3339 = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
