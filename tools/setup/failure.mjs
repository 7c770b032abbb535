/** A failure of set-up that the user can act on. Never a bug: those keep their stack. */
export class SetupFailure extends Error {
  /**
   * @param {string} message what failed and what to do, in a line or two
   * @param {number} exitCode as listed in tools/setup.mjs
   */
  constructor(message, exitCode) {
    super(message);
    this.name = 'SetupFailure';
    this.exitCode = exitCode;
  }
}
