/** A stack frame of an error: a place in the program's code. */
export interface CallSite {
  /** A path, or a `file:` URL of an ES module. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const recorded = new WeakMap<Error, readonly CallSite[]>();

/** More than Node's default of ten frames, which Node's own module loader may fill. */
const frames = 50;

/**
 * Makes errors of this process keep their structured stack frames from V8, since the text that Node prints differs between its
 * versions.
 */
export function recordCallSites(): void {
  Error.stackTraceLimit = Math.max(Error.stackTraceLimit ?? 0, frames);
  const before = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, sites) => {
    if (error instanceof Error) recorded.set(error, sites.flatMap(placeOf));
    return before === undefined
      ? [String(error), ...sites.map((site) => `    at ${site}`)].join("\n")
      : before(error, sites);
  };
}

/** The stack frames of an error, innermost first. */
export function callSitesOf(error: Error): readonly CallSite[] {
  // V8 prepares the frames when the stack is first read.
  void error.stack;
  return recorded.get(error) ?? [];
}

function placeOf(site: NodeJS.CallSite): CallSite[] {
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  return file == null || line === null || column === null ? [] : [{ file, line, column }];
}
