/** An error whose message tells the user what is wrong, where, and what to do. Shown without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
}
