import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";

type Loader = (module: NodeModule & { _compile(code: string, file: string): void }, file: string) => void;
type Resolver = (request: string, parent: NodeModule | undefined, ...rest: unknown[]) => string;
const internals = Module as unknown as { _extensions: { [extension: string]: Loader }; _resolveFilename: Resolver };

const extensions = [".ts", ".cts", ".mts"];

/**
 * Lets this process `require` TypeScript. Types are dropped, not checked: editors, `tsc` and Pulumi's own run do that. Line numbers stay
 * the same, so that errors need no source maps.
 *
 * Uses Sucrase, the only common tool that is pure JavaScript, keeps line numbers, turns imports into `require` and works on every
 * supported Node: `esbuild` starts a process, the TypeScript compiler takes longer to load than Pulumi, and Node's own type stripping
 * does not support enums and parameter properties, which Pulumi programs may use. The output is cached in `cacheDirectory` by content,
 * so that a second run does not load Sucrase.
 */
export function enableTypeScript(cacheDirectory: string): void {
  for (const extension of extensions) {
    internals._extensions[extension] = (module, file) =>
      module._compile(transpile(readFileSync(file, "utf8"), file, cacheDirectory), file);
  }
  const resolve = internals._resolveFilename;
  internals._resolveFilename = (request, parent, ...rest) => {
    try {
      return resolve(request, parent, ...rest);
    } catch (error) {
      // TypeScript imports x.ts as `./x.js`.
      const [, stem, kind] = /^(\.{1,2}\/.*)\.([cm]?)js$/.exec(request) ?? [];
      if (stem === undefined || !extensions.includes(path.extname(parent?.filename ?? ""))) throw error;
      return resolve(`${stem}.${kind}ts`, parent, ...rest);
    }
  };
}

/** A file of the program that is not valid TypeScript. */
export class ProgramSyntaxError extends Error {
  override readonly name = "SyntaxError";

  constructor(
    message: string,
    readonly file: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
  }
}

function transpile(source: string, file: string, cacheDirectory: string): string {
  const cached = path.join(cacheDirectory, `${createHash("sha256").update(cacheKey).update(source).digest("hex")}.js`);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const code = withSucrase(source, file);
    keep(cached, code);
    return code;
  }
}

const cacheKey = `1 ${(require("sucrase/package.json") as { version: string }).version} `;

function withSucrase(source: string, file: string): string {
  const { transform } = require("sucrase") as typeof import("sucrase");
  try {
    return transform(source, { transforms: ["typescript", "imports"], filePath: file }).code;
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    if (loc === undefined) throw error;
    const plain = message.replace(/^Error transforming .*?: /, "").replace(/ \(\d+:\d+\)$/, "");
    throw new ProgramSyntaxError(plain, file, loc.line, loc.column);
  }
}

/** Writes the file atomically, since another process may write it at the same time. */
function keep(file: string, code: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, code);
    renameSync(temporary, file);
  } catch {
    // Without a writable directory, the next run compiles again.
  }
}
