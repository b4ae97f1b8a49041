/** Exit statuses. */
export const Exit = {
  /** The input was read completely, and nothing was found. */
  Fine: 0,
  /**
   * `diff` and `pr`: something that `--fail-on` names; `lint`: an error; `verify`: an edge that is not as predicted; `up` and `down`: a failed
   * operation of Pulumi.
   */
  Found: 1,
  /** The command line or the input is wrong. What could be read was still evaluated. */
  BadInput: 2,
  /** A bug in meshfence (EX_SOFTWARE of sysexits.h): nothing that it printed before is an answer. */
  Internal: 70,
} as const;
