import { UserError } from "../config/user-error.ts";

/** A command that was called in a way that it does not know: exit code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}
