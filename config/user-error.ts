/**
 * An error whose cause is outside the program (a setting, the machine, the network) and that a person can mend. It is shown
 * as its message, without a stack trace.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";

  /**
   * @param what what is wrong, naming the key, file, port or host it concerns; never a secret value
   * @param fix the line or command that mends it
   */
  constructor(
    readonly what: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(`${what}\n  ${fix}`, options);
  }
}
