import { describe, expect, it } from 'vitest';
import { CodedError, defineErrors, errorCatalogue } from './errors.ts';
import { InvariantViolation } from './invariant.ts';

const text = { title: 'The disk is full', httpStatus: 507, help: 'Free some space; trading resumes by itself.' };
const errors = defineErrors({ TEST_DISK_FULL: text, TEST_AGAIN: { ...text, title: 'Again' } });

describe('the error catalogue', () => {
  it('gives each declared code its text', () => {
    expect(errors.TEST_DISK_FULL).toEqual({ code: 'TEST_DISK_FULL', ...text });
  });

  it('lists what every folder declared, in order of code', () => {
    expect(errorCatalogue().map((kind) => kind.code)).toEqual(['TEST_AGAIN', 'TEST_DISK_FULL']);
  });

  it('refuses a code that exists already', () => {
    expect(() => defineErrors({ TEST_DISK_FULL: text })).toThrow('errors.code-declared-twice');
  });

  it.each(['lower_case', 'ONEWORD', 'TRAILING_', 'WITH-DASH_X'])('refuses the code %s for its shape', (code) => {
    expect(() => defineErrors({ [code]: text })).toThrow('errors.code-shape');
  });

  it('refuses a status that is not an error and a text left empty', () => {
    expect(() => defineErrors({ TEST_STATUS: { ...text, httpStatus: 200 } })).toThrow(InvariantViolation);
    expect(() => defineErrors({ TEST_HELP: { ...text, help: '' } })).toThrow(InvariantViolation);
  });
});

describe('CodedError', () => {
  it('says what happened, where, and why', () => {
    const cause = new Error('ENOSPC');
    const error = new CodedError(errors.TEST_DISK_FULL, 'segment 7', { cause });
    expect(error).toMatchObject({
      code: 'TEST_DISK_FULL',
      message: 'The disk is full: segment 7',
      detail: 'segment 7',
      cause,
    });
    expect(new CodedError(errors.TEST_DISK_FULL).message).toBe('The disk is full');
  });
});
