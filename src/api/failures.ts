/** Every failure of a request as the one error shape. What is not expected is logged and answered without its text. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { CodedError, type ErrorKind } from '#kit/errors.ts';
import { sendConsole, wantsConsole } from './console-files.ts';
import { API_ERRORS, ApiFailure, type ErrorDetail } from './errors.ts';

/** Fastify's own refusals of a request, by its codes. */
const FRAMEWORK: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['FST_ERR_CTP_BODY_TOO_LARGE', API_ERRORS.API_TOO_LARGE],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', API_ERRORS.API_MEDIA_TYPE],
  ['FST_ERR_CTP_INVALID_JSON_BODY', API_ERRORS.API_INVALID_REQUEST],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', API_ERRORS.API_INVALID_REQUEST],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', API_ERRORS.API_INVALID_REQUEST],
  ['FST_ERR_BAD_URL', API_ERRORS.API_INVALID_REQUEST],
]);
const CLIENT_ERROR = 400;
const SERVER_ERROR = 500;

/** @param consoleFolder the console's page answers what nobody else does, where a person asks */
export function answerFailures(app: FastifyInstance, consoleFolder: string | undefined): void {
  app.setErrorHandler((error, request, reply) => {
    const { kind, detail } = classify(error);
    if (kind.httpStatus >= SERVER_ERROR) request.log.error({ err: error, code: kind.code }, kind.title);
    return answer(request, reply, kind, detail);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const page = wantsConsole(request) ? await sendConsole(reply, consoleFolder) : undefined;
    if (page !== undefined) return page;
    const what = `${request.method} ${request.url.split('?')[0] ?? ''}`;
    return answer(request, reply, API_ERRORS.API_NOT_FOUND, { what });
  });
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: ErrorKind,
  detail: ErrorDetail | undefined,
): FastifyReply {
  const retryAfter = detail?.['retryAfterSeconds'];
  if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter);
  if (kind === API_ERRORS.API_UNAUTHENTICATED) reply.header('www-authenticate', 'Bearer');
  const error = { code: kind.code, message: kind.title, ...(detail && { detail }), requestId: request.id };
  return reply.code(kind.httpStatus).type('application/json; charset=utf-8').send(JSON.stringify({ error }));
}

function classify(error: unknown): { kind: ErrorKind; detail?: ErrorDetail | undefined } {
  if (error instanceof ApiFailure) return { kind: error.kind, detail: error.fields };
  if (error instanceof CodedError) {
    return { kind: error.kind, detail: error.detail === undefined ? undefined : { what: error.detail } };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(({ instancePath, message }) => ({
      path: instancePath.slice(1).replaceAll('/', '.'),
      message: message ?? 'is not valid',
    }));
    return { kind: API_ERRORS.API_INVALID_REQUEST, detail: { issues } };
  }
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? FRAMEWORK.get(code) : undefined;
  if (known !== undefined) return { kind: known };
  const isClientError = typeof statusCode === 'number' && statusCode >= CLIENT_ERROR && statusCode < SERVER_ERROR;
  return { kind: isClientError ? API_ERRORS.API_INVALID_REQUEST : API_ERRORS.API_INTERNAL };
}
