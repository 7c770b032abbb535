/**
 * The one catalogue of error codes that leave the platform: API answers, rejects, command-line failures.
 * Each folder declares its own part; a code is never declared twice, reused for another meaning, or made up at run time.
 */
import { invariant } from './invariant.ts';

/** What a folder writes for each code. */
interface ErrorDeclaration {
  /** One plain sentence without full stop, the same for every occurrence. */
  readonly title: string;
  /** The status when it answers an HTTP request, 400–599. */
  readonly httpStatus: number;
  /** What the reader can do about it, in one or two sentences. */
  readonly help: string;
}

/** A declared code with its text. */
export interface ErrorKind<Code extends string = string> extends ErrorDeclaration {
  readonly code: Code;
}

type DeclaredErrors<T> = { readonly [Code in keyof T & string]: ErrorKind<Code> };

const CODE_SHAPE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const catalogue = new Map<string, ErrorKind>();

/**
 * Declares a folder's error codes, each `FOLDER_WHAT_HAPPENED`, and adds them to the catalogue.
 * Throws InvariantViolation for a code that exists already or has the wrong shape.
 */
export function defineErrors<const T extends Readonly<Record<string, ErrorDeclaration>>>(
  declarations: T,
): DeclaredErrors<T> {
  const declared: Record<string, ErrorKind> = {};
  for (const [code, declaration] of Object.entries(declarations)) {
    invariant(CODE_SHAPE.test(code), 'errors.code-shape', code);
    invariant(!catalogue.has(code), 'errors.code-declared-twice', code);
    invariant(declaration.httpStatus >= 400 && declaration.httpStatus <= 599, 'errors.http-status', code);
    invariant(declaration.title !== '' && declaration.help !== '', 'errors.text-missing', code);
    const kind = Object.freeze({ code, ...declaration });
    catalogue.set(code, kind);
    declared[code] = kind;
  }
  return Object.freeze(declared) as DeclaredErrors<T>;
}

/** Every code declared by the modules loaded so far, in order of code. */
export function errorCatalogue(): readonly ErrorKind[] {
  return [...catalogue.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

/** An expected failure at an edge, with its code and the particulars of this occurrence. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly kind: ErrorKind;
  /** What is particular to this occurrence: the file, the port, the offset. Undefined when the title says it all. */
  readonly detail: string | undefined;

  constructor(kind: ErrorKind, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? kind.title : `${kind.title}: ${detail}`, options);
    this.kind = kind;
    this.detail = detail;
  }

  get code(): string {
    return this.kind.code;
  }
}
