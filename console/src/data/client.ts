/**
 * The one way to the HTTP API: same origin, JSON, one error shape. Never retries a write and never hides a refusal.
 */

/** What the API answers when it refuses. */
interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly detail?: unknown;
    readonly requestId?: string;
  };
}

/** The API refused: its code and text, and the particulars (limit, value and used amount of a risk refusal). */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly code: string;
  readonly detail: unknown;
  readonly requestId: string | undefined;

  constructor(status: number, body: ErrorBody['error']) {
    super(body.message);
    this.status = status;
    this.code = body.code;
    this.detail = body.detail;
    this.requestId = body.requestId;
  }
}

/** The API did not answer at all: the process is down or the network is gone. */
class ApiUnreachable extends Error {
  override readonly name = 'ApiUnreachable';
}

const ROOT = '/api/v1';

/** How long a request may take before it counts as unanswered. */
const ANSWER_MS_MAX = 15_000;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Sends one request below /api/v1 and returns the decoded body. Throws ApiRefusal for a coded refusal and
 * ApiUnreachable when nobody answered.
 */
export async function call<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(ROOT + path, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch (cause) {
    throw new ApiUnreachable('The platform does not answer.', { cause });
  }
  const text = await response.text();
  const decoded = decode(text);
  if (response.ok) return decoded as Answer;
  if (isErrorBody(decoded)) throw new ApiRefusal(response.status, decoded.error);
  // A proxy in between, or a process that is just going down: no answer of the API.
  throw new ApiUnreachable(`The platform does not answer (status ${response.status}).`);
}

function decode(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}

/** One sentence about any failure, for people. */
export function describeProblem(problem: unknown): string {
  if (problem instanceof ApiRefusal) {
    return problem.requestId === undefined
      ? `${problem.message} (${problem.code})`
      : `${problem.message} (${problem.code}, request ${problem.requestId})`;
  }
  if (problem instanceof Error) return problem.message;
  return 'Something unexpected went wrong.';
}
