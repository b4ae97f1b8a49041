import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { SafeLines } from "../common/safe-lines";
import { UserError } from "../common/user-error";
import { type EngineOptions, type Recording, run, runInHost } from "../pulumi-engine";
import type { Configuration } from "./configuration";
import { constructed } from "./kubernetes/children";
import type { Expansion } from "./kubernetes/expansion";
import { kubernetesFunction } from "./kubernetes/functions";
import { readObject } from "./kubernetes/read-object";
import { findHost, hostNameOf } from "./language-host";
import type { Project } from "./project";
import { randomName } from "./random-names";
import { runYamlProgram } from "./yaml/program";

/**
 * Runs the project's program on the embedded engine in preview mode, in the program's own directory: with its language host, or in this
 * process. The latter works only once, since modules run once.
 * @throws UserError if the program cannot be started; what it throws itself is in the recording
 */
export async function recordProgram(
  project: Project,
  stack: string,
  configuration: Configuration,
  expansion: Expansion,
): Promise<Recording> {
  const options = {
    project: project.name,
    stack,
    mode: "preview",
    config: configuration.values,
    secretConfigKeys: configuration.secretKeys,
    rootDirectory: project.root,
    respond: (registration) => readObject(registration) ?? randomName(registration),
    construct: (registration) => constructed(expansion, registration),
    invoke: (call) => kubernetesFunction(expansion, call),
  } satisfies EngineOptions;
  const load = loaderOf(project);
  process.chdir(project.directory);
  if (project.runtime === "nodejs")
    return run({
      ...options,
      program: () => loadProgram(project.entryPoint),
      transport: "direct",
      sdkFrom: project.directory,
    });
  if (project.runtime !== "yaml") {
    const lines = new SafeLines((text) => process.stderr.write(text));
    const printed = (output: Buffer) => lines.add(output);
    return runInHost({ ...options, ...hosted(project), printed }).finally(() => lines.end());
  }
  const program = (): unknown =>
    runYamlProgram(project.entryPoint, {
      sdk: load("@pulumi/pulumi"),
      unknown: load("@pulumi/pulumi/output").unknown,
      project: project.name,
      stack,
      root: project.root,
      directory: project.directory,
      config: configuration.values,
      secretKeys: configuration.secretKeys,
      at: (type, name, place) => expansion.written.noteResource(type, name, place),
    });
  return run({ ...options, program, transport: "direct" });
}

/** Loads the program's Pulumi SDK or, for a program without Node packages, meshfence's own. @throws UserError if there is none */
function loaderOf({ runtime, directory }: Project): NodeJS.Require {
  const load = createRequire(runtime === "nodejs" ? path.join(directory, "index.js") : __filename);
  try {
    load.resolve("@pulumi/pulumi/package.json");
    return load;
  } catch {
    throw new UserError(
      runtime === "nodejs"
        ? `@pulumi/pulumi is not installed for ${directory}; run \`npm ci\` (or your package manager's install) first`
        : `@pulumi/pulumi is not installed beside meshfence; run \`npm install @pulumi/pulumi\` there, and programs in other languages are planned`,
    );
  }
}

/** Long enough to compile a program and its packages, or to start Python. */
const hostSeconds = 600;

/** @throws UserError if the language host is not installed */
function hosted({ runtime, runtimeOptions, root, directory, entryPoint }: Project) {
  const host = findHost(runtime);
  if (host === undefined) {
    throw new UserError(
      `${hostNameOf(runtime)} runs the program, and is not installed here; it comes with Pulumi (https://www.pulumi.com/docs/install/), ` +
        `on the PATH or in ~/.pulumi/bin. Without it, \`renderYamlToDirectory\` of the Kubernetes provider writes manifests that can be read`,
    );
  }
  return {
    host,
    program: { root, directory, entryPoint: path.relative(directory, entryPoint) || "." },
    runtimeOptions,
    seconds: hostSeconds,
  };
}

/** The program's exports, which are the stack's outputs. If it exports a function, that is called, as in `cmd/run/run.js` of Pulumi's Node SDK. */
async function loadProgram(entryPoint: string): Promise<unknown> {
  const exported = await load(entryPoint);
  return typeof exported === "function" ? exported() : exported;
}

async function load(entryPoint: string): Promise<unknown> {
  // A trailing slash asks for the directory, not for a file of that name with an extension.
  const request = path.extname(entryPoint) === "" ? `${entryPoint}/` : entryPoint;
  const require = createRequire(entryPoint);
  try {
    return require(request);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_REQUIRE_ESM") throw error;
  }
  const module = (await importModule(pathToFileURL(require.resolve(request)).href)) as { [name: string]: unknown };
  return "default" in module ? module.default : module;
}

/** TypeScript would turn a plain `import()` of this CommonJS module into `require`. */
const importModule = new Function("url", "return import(url)") as (url: string) => Promise<unknown>;
