import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isRecord } from "../../manifests/shape";
import { forGo, goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { inside, type SourceTree } from "../repository/tree";
import { RenderCache } from "../tools/cache";
import type { RenderContext } from "../tools/context";
import { inTemporaryFolder, runTool } from "../tools/tool";
import { type KustomizationFiles, kustomizationFiles, kustomizationIn } from "./kustomization-files";

/** The output of `kustomize build`, with what is not in it, or why there is none. */
export type Built = ({ output: string; without?: Missing } | (Missing & { failed?: true })) & {
  /** The files that it was built from. */
  input: KustomizationFiles;
};

export const installKustomize = "Install kustomize (or kubectl) to see its objects";

/**
 * Runs `kustomize build` for a folder of the tree, in a temporary copy of the files that it needs. Runs no plugins, and fetches nothing unless the
 * context allows it: what would be fetched is left out.
 *
 * @param content The kustomization to use instead of the folder's own.
 */
export async function build(
  tree: SourceTree,
  folder: string,
  context: RenderContext,
  content?: Record<string, unknown>,
  restricted = true,
): Promise<Built> {
  const input = kustomizationFiles(tree, folder, content);
  const missing = (reason: string, fix: string): Built => ({ missing: reason, fix, input });
  if (context.mode === "never") return missing("it is not rendered (--render never)", "Leave --render out");
  const [refused] = input.refused;
  if (refused !== undefined)
    return missing(refused, "Give what is missing, or the output of `kustomize build` instead");
  const [remote] = input.remote;
  if (remote !== undefined && context.mode !== "remote") {
    const without: Missing = {
      missing: "it takes what is not in the repository",
      detail: [...new Set(input.remote)].join(", "),
      fix: "Fetch it with --render remote, or keep a copy in the repository",
    };
    const rest = await restOf(tree, folder, input, { context, content, restricted });
    return rest === undefined ? { ...without, input } : { output: rest, without, input };
  }
  return run(tree, folder, input, { context, content, restricted });
}

interface Options {
  context: RenderContext;
  content: Record<string, unknown> | undefined;
  restricted: boolean;
}

/** What kustomize makes of the part that is here. Undefined where that cannot be built alone. */
async function restOf(
  tree: SourceTree,
  folder: string,
  input: KustomizationFiles,
  options: Options,
): Promise<string | undefined> {
  const { withoutRemote } = input;
  if (withoutRemote === undefined) return undefined;
  const files = new Map(input.files);
  for (const [file, rest] of withoutRemote) files.set(file, Buffer.from(forGo(rest)));
  const content = options.content && (withoutRemote.get(nameIn(tree, folder)) ?? options.content);
  const rest = { ...input, files, remote: [], charts: input.hasCharts };
  const built = await run(tree, folder, rest, { ...options, content });
  return "output" in built ? built.output : undefined;
}

/** The file of a folder's kustomization, where it has one and where it would. */
const nameIn = (tree: SourceTree, folder: string): string =>
  kustomizationIn(tree, folder) ?? inside(folder, "kustomization.yaml");

async function run(
  tree: SourceTree,
  folder: string,
  input: KustomizationFiles,
  { context, content, restricted }: Options,
): Promise<Built> {
  const missing = (reason: string, fix: string, detail?: string): Built => ({ missing: reason, detail, fix, input });
  const { kustomize, helm } = context.tools;
  const [remote] = input.remote;
  if (kustomize === undefined) return missing("neither kustomize nor kubectl is on the PATH", installKustomize);
  if (input.charts && helm === undefined)
    return missing("it inflates charts, and helm is not on the PATH", "Install helm");

  const name = nameIn(tree, folder);
  const files = new Map(input.files);
  const text = withOrigins(content, files.get(name));
  files.set(name, Buffer.from(text));
  const options = [
    ...(input.above && !input.builtin && !restricted ? ["--load-restrictor=LoadRestrictionsNone"] : []),
    ...(input.charts && helm !== undefined ? ["--enable-helm", `--helm-command=${helm.file}`] : []),
  ];
  const key = RenderCache.keyOf([kustomize.stamp, input.charts ? (helm?.stamp ?? "") : "", folder, ...options], files);
  const known = remote === undefined ? context.cache.get(key) : undefined;
  if (known !== undefined) return { output: known, input };
  const ran = await inTemporaryFolder(async (home) => {
    const root = path.join(home, "tree");
    for (const [file, bytes] of files) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), bytes);
    }
    // An absolute path cannot be taken for an option.
    const built = kustomize.first.length > 0 ? kustomize.first : ["build"];
    const tool = { ...kustomize, first: [] };
    return context.run(() =>
      runTool(tool, [...built, ...options, path.join(root, folder)], {
        remote: context.mode === "remote",
        seconds: context.seconds,
        home,
      }),
    );
  });
  if ("failed" in ran) {
    const command = kustomize.first.length > 0 ? kustomize.name : "kustomize build";
    return { ...missing("kustomize fails", `Try \`${command}\` there`, ran.failed), failed: true };
  }
  if (remote === undefined) context.cache.set(key, ran.output);
  return { output: ran.output, input };
}

/** Makes kustomize annotate each object with its origin. */
function withOrigins(content: Record<string, unknown> | undefined, file: Uint8Array | undefined): string {
  if (content !== undefined) return forGo({ ...content, buildMetadata: ["originAnnotations"] });
  const text = Buffer.from(file ?? []).toString("utf8");
  if (/^buildMetadata:/m.test(text)) return text;
  const appendable = !/^\s*\{/.test(text) && !/^\.\.\.|\S\s*^---/ms.test(text);
  if (appendable) return `${text.replace(/\n?$/, "\n")}buildMetadata: [originAnnotations]\n`;
  const value: unknown = goYaml(text);
  return isRecord(value) ? forGo({ ...value, buildMetadata: ["originAnnotations"] }) : text;
}
