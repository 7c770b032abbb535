/** The API's part of the error catalogue, and the error that a handler throws to answer with one. */
import { CodedError, defineErrors, type ErrorKind } from '#kit/errors.ts';

export const API_ERRORS = defineErrors({
  API_INVALID_REQUEST: {
    title: 'The request does not have the form this route takes',
    httpStatus: 400,
    help: 'Each issue names a field and what is wrong with it; the shapes are in the API reference at /reference.',
  },
  API_UNAUTHENTICATED: {
    title: 'Who are you? A valid token or login is needed',
    httpStatus: 401,
    help: 'Send `Authorization: Bearer TOKEN` (make one with `nautilus token create`), or log in again in the console.',
  },
  API_LINK_INVALID: {
    title: 'This login link or invitation cannot be used (any more)',
    httpStatus: 401,
    help: 'Links work once and for a limited time. Restart for a new link, or ask who invited you for another one.',
  },
  API_FORBIDDEN: {
    title: 'Your role does not permit this',
    httpStatus: 403,
    help: 'The detail names the permission. GET /api/v1/whoami lists yours; an administrator can invite you to another role.',
  },
  API_ACCOUNT_FORBIDDEN: {
    title: 'You may not use this account',
    httpStatus: 403,
    help: 'GET /api/v1/whoami lists the accounts you may use.',
  },
  API_ORIGIN_REFUSED: {
    title: 'A request with a cookie must come from this site itself',
    httpStatus: 403,
    help: 'Programs should use a bearer token instead of a browser session.',
  },
  API_HOST_REFUSED: {
    title: 'This server does not answer under that host name',
    httpStatus: 421,
    help: 'Use the address it printed at start, or add the name to its allowed hosts.',
  },
  API_SECOND_PERSON_NEEDED: {
    title: 'This needs another person than the one who asked for it',
    httpStatus: 403,
    help: 'Invite a second person with `nautilus user invite`, who confirms it under Approvals.',
  },
  API_NOT_FOUND: {
    title: 'There is no such thing here',
    httpStatus: 404,
    help: 'The detail says what was looked for. Routes are listed in the API reference at /reference.',
  },
  API_CONFLICT: {
    title: 'That does not fit the present state',
    httpStatus: 409,
    help: 'The detail says why. Read the present state and decide again.',
  },
  API_TOO_LARGE: {
    title: 'The request is too large',
    httpStatus: 413,
    help: 'Bodies may have 64 KiB.',
  },
  API_MEDIA_TYPE: {
    title: 'The body must be JSON',
    httpStatus: 415,
    help: 'Send `Content-Type: application/json`.',
  },
  API_RATE_LIMITED: {
    title: 'Too many requests',
    httpStatus: 429,
    help: 'Wait for the seconds in the Retry-After header. For high rates use the order-entry protocol.',
  },
  API_INTERNAL: {
    title: 'Something went wrong inside',
    httpStatus: 500,
    help: 'It is in the log under this request id. Please report it.',
  },
  API_NODE_UNAVAILABLE: {
    title: 'The trading node does not answer: nothing was sent',
    httpStatus: 503,
    help: 'Look at GET /api/v1/trading/status. The request can be repeated safely.',
  },
  API_NOT_READY: {
    title: 'This is not ready yet',
    httpStatus: 503,
    help: 'The platform is still starting or catching up with its journal: try again in a moment.',
  },
  API_REPLICA_BEHIND: {
    title: 'It was carried out, but the picture of this server is behind',
    httpStatus: 503,
    help: 'Do not repeat it. The detail has its journal sequence: read again once GET /api/v1/trading/journal has reached it.',
  },
  API_NODE_TIMEOUT: {
    title: 'The trading node did not answer in time: the outcome is not known',
    httpStatus: 504,
    help: 'Ask for the order by its ClOrdID before anything else: GET /api/v1/trading/orders/by-client-id/{account}/{clOrdId}.',
  },
});

/** Structured particulars of an error, shown as `detail`. */
export type ErrorDetail = Readonly<Record<string, unknown>>;

/** Thrown by handlers; becomes the one error shape. */
export class ApiFailure extends CodedError {
  readonly fields: ErrorDetail | undefined;

  constructor(kind: ErrorKind, fields?: ErrorDetail, options?: ErrorOptions) {
    super(kind, undefined, options);
    this.fields = fields;
  }
}

/** 404 that says what was looked for. */
export function notFound(what: string): ApiFailure {
  return new ApiFailure(API_ERRORS.API_NOT_FOUND, { what });
}
