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

/** The output of `kustomize build` and what was omitted from it, or why there is no output. */
export type Built = ({ output: string; omitted?: Missing } | (Missing & { failed?: true })) & {
  /** The files that it was, or would be, built from. */
  input: KustomizationFiles;
};

export const installKustomize = "Install kustomize (or kubectl) to see its objects";

/**
 * Runs `kustomize build` for a folder of the tree, on a temporary copy of the files that it needs. Never runs plugins. Fetches only if the context
 * allows it; otherwise remote parts are omitted.
 */
export async function build(
  tree: SourceTree,
  folder: string,
  context: RenderContext,
  options: BuildOptions = {},
): Promise<Built> {
  const { content } = options;
  const input = kustomizationFiles(tree, folder, content);
  const missing = (reason: string, fix: string): Built => ({ missing: reason, fix, input });
  if (context.mode === "never") return missing("it is not rendered (--render never)", "Leave --render out");
  const [refused] = input.refused;
  if (refused !== undefined)
    return missing(refused, "Give what is missing, or the output of `kustomize build` instead");
  const [remote] = input.remote;
  if (remote !== undefined && context.mode !== "remote") {
    const without: Missing = {
      missing: "it uses resources that are not in the repository",
      detail: [...new Set(input.remote)].join(", "),
      fix: "Fetch it with --render remote, or keep a copy in the repository",
    };
    const rest = await buildLocalPart(tree, folder, input, { context, ...options });
    return rest === undefined ? { ...without, input } : { output: rest, omitted: without, input };
  }
  return run(tree, folder, input, { context, ...options });
}

/** How to build a kustomization. */
export interface BuildOptions {
  /** The content to use instead of the folder's own kustomization file. */
  content?: Record<string, unknown>;
  /** Whether files must be below the kustomization's folder, as kustomize requires by default. Flux does not require it. Default: true. */
  restricted?: boolean;
}

interface RunOptions extends BuildOptions {
  context: RenderContext;
}

/** Builds a kustomization without its remote parts. Undefined if the rest cannot be built alone. */
async function buildLocalPart(
  tree: SourceTree,
  folder: string,
  input: KustomizationFiles,
  options: RunOptions,
): Promise<string | undefined> {
  const { withoutRemote } = input;
  if (withoutRemote === undefined) return undefined;
  const files = new Map(input.files);
  for (const [file, rest] of withoutRemote) files.set(file, Buffer.from(forGo(rest)));
  const content = options.content && (withoutRemote.get(kustomizationFile(tree, folder)) ?? options.content);
  const rest = { ...input, files, remote: [], inflatesCharts: input.hasLocalCharts };
  const built = await run(tree, folder, rest, { ...options, ...(content && { content }) });
  return "output" in built ? built.output : undefined;
}

/** The path of a folder's kustomization file, existing or not. */
const kustomizationFile = (tree: SourceTree, folder: string): string =>
  kustomizationIn(tree, folder) ?? inside(folder, "kustomization.yaml");

async function run(
  tree: SourceTree,
  folder: string,
  input: KustomizationFiles,
  { context, content, restricted = true }: RunOptions,
): Promise<Built> {
  const missing = (reason: string, fix: string, detail?: string): Built => ({ missing: reason, detail, fix, input });
  const { kustomize, helm } = context.tools;
  const [remote] = input.remote;
  if (kustomize === undefined) return missing("neither kustomize nor kubectl is on the PATH", installKustomize);
  if (input.inflatesCharts && helm === undefined)
    return missing("it inflates charts, and helm is not on the PATH", "Install helm");

  const name = kustomizationFile(tree, folder);
  const files = new Map(input.files);
  const text = withOrigins(content, files.get(name));
  files.set(name, Buffer.from(text));
  const options = [
    ...(input.readsAbove && !input.hasFileReadingPlugins && !restricted
      ? ["--load-restrictor=LoadRestrictionsNone"]
      : []),
    ...(input.inflatesCharts && helm !== undefined ? ["--enable-helm", `--helm-command=${helm.file}`] : []),
  ];
  const key = RenderCache.keyOf(
    [kustomize.stamp, input.inflatesCharts ? (helm?.stamp ?? "") : "", folder, ...options],
    files,
  );
  const known = remote === undefined ? context.cache.get(key) : undefined;
  if (known !== undefined) return { output: known, input };
  const ran = await inTemporaryFolder(async (home) => {
    const root = path.join(home, "tree");
    for (const [file, bytes] of files) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), bytes);
    }
    // An absolute path cannot be taken for an option.
    const built = kustomize.leadingArgs.length > 0 ? kustomize.leadingArgs : ["build"];
    const tool = { ...kustomize, leadingArgs: [] };
    return context.run(() =>
      runTool(tool, [...built, ...options, path.join(root, folder)], {
        remote: context.mode === "remote",
        seconds: context.seconds,
        home,
      }),
    );
  });
  if ("failed" in ran) {
    const command = kustomize.leadingArgs.length > 0 ? kustomize.name : "kustomize build";
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
