import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../common/user-error";
import { type Recording, run } from "../pulumi-engine";
import type { Configuration } from "./configuration";
import { constructed } from "./kubernetes/children";
import type { Expansion } from "./kubernetes/expansion";
import { kubernetesFunction } from "./kubernetes/functions";
import type { Project } from "./project";
import { randomName } from "./random-names";
import { runYamlProgram } from "./yaml/program";

/**
 * Runs the project's program on the embedded engine in preview mode, in this process and from the program's own directory. A process
 * can do that once, since modules run once.
 * @throws UserError where the program cannot be started at all; what it throws itself is in the recording
 */
export async function recordProgram(
  project: Project,
  stack: string,
  configuration: Configuration,
  expansion: Expansion,
): Promise<Recording> {
  // A program in YAML has no packages of its own: meshfence's SDK stands in for its language host.
  const isYaml = project.runtime === "yaml";
  const load = createRequire(isYaml ? __filename : path.join(project.directory, "index.js"));
  try {
    load.resolve("@pulumi/pulumi/package.json");
  } catch {
    throw new UserError(
      isYaml
        ? "@pulumi/pulumi is not installed beside meshfence; run `npm install @pulumi/pulumi` there, and programs in YAML are planned"
        : `@pulumi/pulumi is not installed for ${project.directory}; run \`npm ci\` (or your package manager's install) first`,
    );
  }
  process.chdir(project.directory);
  const yaml = (): unknown =>
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
  return run({
    program: isYaml ? yaml : () => loadProgram(project.entryPoint),
    project: project.name,
    stack,
    mode: "preview",
    transport: "direct",
    config: configuration.values,
    secretConfigKeys: configuration.secretKeys,
    ...(!isYaml && { sdkFrom: project.directory }),
    rootDirectory: project.root,
    respond: randomName,
    construct: (registration) => constructed(expansion, registration),
    invoke: (call) => kubernetesFunction(expansion, call),
  });
}

/** What the program exports is what the stack outputs; a function is called for it. As `cmd/run/run.js` of Pulumi's Node SDK does it. */
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
