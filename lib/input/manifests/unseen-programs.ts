import type { Unseen } from "../../common/unseen";
import type { LocatedDocument } from "./document";
import { isRecord } from "./shape";

/** Pulumi's names of program languages. */
const runtimes: { readonly [runtime: string]: string | undefined } = {
  python: "Python",
  go: "Go",
  dotnet: "C#",
  java: "Java",
  yaml: "YAML",
};

/**
 * Reports a file that describes a program, whose objects exist only when its own tool runs it. Undefined for any other file.
 *
 * @param files All files that are read. A program with output among them is not reported.
 */
export function unseenProgram(document: LocatedDocument, files: readonly string[]): Unseen | undefined {
  const { value, file } = document;
  if (!isRecord(value) || value.kind !== undefined) return undefined;
  const [, folder = "", name = ""] = /^(.*[\\/:])?([^\\/:]*)$/.exec(file) ?? [];
  const unseen = (object: string, kind: string, fix: string): Unseen => ({
    file,
    line: document.position([]).line,
    object,
    kind,
    reason: "the objects that it creates are not seen",
    fix,
    pods: "anywhere",
  });
  if (/^cdk8s\.ya?ml$/.test(name) && typeof value.app === "string") {
    const output = `${folder}${typeof value.output === "string" ? value.output.replace(/\/$/, "") : "dist"}`;
    if (files.some((one) => one.startsWith(`${output}/`))) return undefined;
    return unseen(`cdk8s app ${value.app}`, "app of cdk8s", "Give what `cdk8s synth` writes too");
  }
  const runtime = isRecord(value.runtime) ? value.runtime.name : value.runtime;
  if (!/^Pulumi\.ya?ml$/.test(name) || typeof value.name !== "string" || typeof runtime !== "string") return undefined;
  if (runtime === "yaml" && !usesKubernetes(value.resources)) return undefined;
  const language = runtime === "nodejs" ? "JavaScript or TypeScript" : (runtimes[runtime] ?? runtime);
  const host =
    runtime === "nodejs" || runtime === "yaml" ? "" : `, if pulumi-language-${runtime} of Pulumi is installed`;
  const fix = `Add \`--plan --program DIR\`, which plans it${host}`;
  return unseen(`Pulumi program ${value.name}`, programKind(language), fix);
}

const programKind = (language: string) => `Pulumi program in ${language}`;

/** Whether a YAML program has Kubernetes objects, or a component of a package, which may have some. */
function usesKubernetes(resources: unknown): boolean {
  return Object.values(isRecord(resources) ? resources : {}).some(
    (resource) => isRecord(resource) && /^(kubernetes|meshfence)\b/.test(String(resource.type)),
  );
}
