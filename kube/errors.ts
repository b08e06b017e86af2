/** Errors by what to do about them, not by class: callers ask `isNotFound(error)` and friends. */

/** The `Status` object with which an API server explains a failure. */
export interface Status {
  kind?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: StatusDetails;
}

export interface StatusDetails {
  name?: string;
  kind?: string;
  uid?: string;
  retryAfterSeconds?: number;
  causes?: { reason?: string; message?: string; field?: string }[];
}

/** API servers ask for seconds. What stands before them may ask for a day, for which nothing of ours may stand still. */
const LONGEST_WAIT = 60;

/** An answer of an API server that is no success. `message` is the server's own, fit to be shown to a user. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  readonly details?: StatusDetails;
  /** `POST /api/v1/…`, for logs. */
  readonly request?: string;

  constructor(status: number, answer: Status, o: { request?: string; retryAfterSeconds?: number } = {}) {
    super(answer.message || `the API server answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    const retryAfterSeconds = o.retryAfterSeconds ?? answer.details?.retryAfterSeconds;
    if (answer.reason !== undefined && answer.reason !== '') this.reason = answer.reason;
    if (answer.details !== undefined) this.details = answer.details;
    if (o.request !== undefined) this.request = o.request;
    if (retryAfterSeconds !== undefined)
      this.retryAfterSeconds = Math.min(Math.max(0, retryAfterSeconds), LONGEST_WAIT);
  }
}

/** No answer: the connection failed or broke. `sent` is false only if nothing can have reached the server. */
export class ConnectionError extends Error {
  readonly code: string;
  readonly sent: boolean;

  constructor(request: string, code: string, sent: boolean, cause: unknown) {
    super(`${request}: ${cause instanceof Error && cause.message !== '' ? cause.message : code}`, { cause });
    this.name = 'ConnectionError';
    this.code = code;
    this.sent = sent;
  }
}

/** The request's own time ran out. Whether the server did what was asked is unknown. */
export class DeadlineError extends Error {
  constructor(what: string, ms: number) {
    super(`${what}: no answer within ${ms / 1000} s`);
    this.name = 'DeadlineError';
  }
}

const hasStatus = (error: unknown, ...statuses: number[]): error is ApiError =>
  error instanceof ApiError && statuses.includes(error.status);

export const isNotFound = (error: unknown): error is ApiError => hasStatus(error, 404);

/** What was asked for, or undefined if it is not there. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The object changed, or a precondition does not hold: read again, decide again. */
export const isConflict = (error: unknown): error is ApiError =>
  hasStatus(error, 409) && error.reason !== 'AlreadyExists';

export const isAlreadyExists = (error: unknown): error is ApiError =>
  hasStatus(error, 409) && error.reason === 'AlreadyExists';

/** The resourceVersion or continue token is too old: list anew. */
export const isGone = (error: unknown): error is ApiError =>
  hasStatus(error, 410) || (error instanceof ApiError && error.reason === 'Expired');

/** The server's final word about a create: the same object will not be accepted a second later. */
export const isRefusal = (error: unknown): error is ApiError => hasStatus(error, 400, 403, 404, 413, 422);

/** Nothing is wrong with the request: try the same again later. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ConnectionError ||
  error instanceof DeadlineError ||
  (error instanceof ApiError && (error.status === 429 || error.status >= 500));

/** Seconds that the server asked to wait, if it did. */
export const retryAfter = (error: unknown): number | undefined =>
  error instanceof ApiError ? error.retryAfterSeconds : undefined;
