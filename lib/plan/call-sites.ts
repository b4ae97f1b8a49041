/** A place of the program's code that an error came through. */
export interface CallSite {
  /** A path, or a `file:` URL of an ES module. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const recorded = new WeakMap<Error, readonly CallSite[]>();

/** Node's own frames between a `require` and the loader that throws differ from version to version; ten, its default, may all be theirs. */
const frames = 50;

/**
 * From now on, errors of this process keep the places that they came through, as V8 knows them: what Node prints of them is text, and
 * differs between its versions.
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

/** The places that an error came through, the innermost first. */
export function callSitesOf(error: Error): readonly CallSite[] {
  // V8 asks for them when the stack is first read.
  void error.stack;
  return recorded.get(error) ?? [];
}

function placeOf(site: NodeJS.CallSite): CallSite[] {
  const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
  return file == null || line === null || column === null ? [] : [{ file, line, column }];
}
