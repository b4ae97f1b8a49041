import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { mergeValues } from "../../../common/helm-values";
import { pinned } from "../../../common/versions";
import type { LocatedDocument } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import { forGo, goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import type { Origins } from "../objects/rendered";
import { inside, joined, type SourceTree } from "../repository/tree";
import { RenderCache } from "../tools/cache";
import type { RenderContext } from "../tools/context";
import { inTemporaryFolder, runTool } from "../tools/tool";
import { chartFiles, unvendoredDependencies } from "./chart-files";

/** A Helm release as a controller would install it. */
export interface Release {
  name: string;
  namespace: string;
  chart: LocalChart | ChartArchive | PackedChart | RemoteChart;
  /** The merged values. They override the chart's own. */
  values: Record<string, unknown>;
  /** Values files in the tree that replace the chart's `values.yaml`. Later files override earlier ones. Default: the chart's `values.yaml`. */
  valuesFiles?: readonly string[];
  /** Whether to leave out the chart's folder `crds`. Default: false. */
  skipCrds?: boolean;
  /** Whether to accept values that the chart's own schema refuses. Default: false. */
  skipSchema?: boolean;
  /** The version of Kubernetes that the chart sees in `.Capabilities`. Default: the pinned version. */
  kubeVersion?: string;
  /** APIs that the chart sees in `.Capabilities`, besides those of Kubernetes, Cilium and Linkerd. Default: none. */
  apiVersions?: readonly string[];
  /** Whether its controller applies the output of `helm template`, in which `lookup` finds nothing. Default: false. */
  isTemplated?: boolean;
  /** Changes the text of a template before it is rendered. Default: it is rendered as it is. */
  edit?: (file: string, text: string) => string;
}

/** A chart in a folder of the tree. */
export interface LocalChart {
  at: string;
}

/** A packed chart on this machine, such as `helm pull` downloads. */
export interface ChartArchive {
  archive: string;
}

/** A packed chart inside a manifest. */
export interface PackedChart {
  packed: Uint8Array;
}

/** A chart in a repository or a registry. */
export interface RemoteChart {
  /** Its name in `repository`, or a full address (`oci://…`). */
  chart: string;
  repository?: string;
  version?: string;
}

/** The objects of a release, or why there are none. */
export type HelmTemplateResult = { documents: LocatedDocument[] } | Missing;

/** APIs that a cluster with Cilium and Linkerd serves, for charts that check `.Capabilities`. */
const servedApis = [
  "cilium.io/v2",
  "cilium.io/v2/CiliumNetworkPolicy",
  "cilium.io/v2/CiliumClusterwideNetworkPolicy",
  "gateway.networking.k8s.io/v1",
  "gateway.networking.k8s.io/v1/HTTPRoute",
  "policy.linkerd.io/v1beta3",
  "policy.linkerd.io/v1beta3/Server",
  "policy.linkerd.io/v1alpha1",
  "policy.linkerd.io/v1alpha1/AuthorizationPolicy",
];

/**
 * Runs `helm template` for a release on a temporary copy of its chart. Each object is positioned at the template that it came from.
 *
 * @param owner The release's own document, where objects are positioned whose template is not in the tree.
 */
export async function helmTemplate(
  release: Release,
  origins: Origins,
  owner: LocatedDocument,
  context: RenderContext,
): Promise<HelmTemplateResult> {
  const { tree } = origins;
  const { helm } = context.tools;
  const { chart, name, namespace, values } = release;
  if (context.mode === "never") return { missing: "it is not rendered (--render never)", fix: "Leave --render out" };
  const local = "at" in chart ? chart : undefined;
  const remote = "chart" in chart ? chart : undefined;
  if (remote !== undefined && context.mode !== "remote") {
    const fix = "Fetch it with --render remote, or give the output of `helm template` too";
    return { missing: "its chart is not in the repository, and nothing is fetched", fix };
  }
  const unvendored = local === undefined ? [] : unvendoredDependencies(tree, local.at);
  if (unvendored.length > 0) {
    const fix = "Run `helm dependency build` for it, or give the output of `helm template` too";
    return { missing: "it depends on charts that are not in the repository", detail: unvendored.join(", "), fix };
  }
  if (helm === undefined) return { missing: "helm is not on the PATH", fix: "Install helm to see its objects" };
  const copies = new Map<string, string>();
  const files = local === undefined ? archiveFiles(chart) : chartFiles(tree, local.at, copies);
  if (typeof files === "string") return { missing: files, fix: "Give the output of `helm template` too" };
  if (local !== undefined && release.valuesFiles !== undefined) {
    const own = valuesOfFiles(tree, release.valuesFiles);
    if (typeof own === "string") return { missing: own, fix: "Give the output of `helm template` too" };
    files.set(inside(local.at, "values.yaml"), Buffer.from(forGo(own)));
  }
  const { edit } = release;
  for (const [file, bytes] of edit === undefined ? [] : files) {
    const text = Buffer.from(bytes).toString("utf8");
    const edited = edit?.(file, text) ?? text;
    // What is not edited keeps its bytes, which need not be text.
    if (edited !== text) files.set(file, Buffer.from(edited));
  }
  const remoteParts: string[] =
    remote === undefined ? [] : [remote.chart, remote.repository ?? "", remote.version ?? ""];
  const valuesText = forGo(values);
  const options = [
    `--namespace=${namespace}`,
    `--kube-version=${release.kubeVersion ?? pinned.kubernetes}`,
    ...[...servedApis, ...(release.apiVersions ?? [])].map((api) => `--api-versions=${api}`),
    ...(release.skipCrds === true ? [] : ["--include-crds"]),
    ...(release.skipSchema === true ? ["--skip-schema-validation"] : []),
    "--skip-tests",
  ];
  const key = RenderCache.keyOf([helm.stamp, name, local?.at ?? "", ...remoteParts, valuesText, ...options], files);
  const isCacheable = remote === undefined || /^v?\d+\.\d+\.\d+/.test(remote.version ?? "");
  let output = isCacheable ? context.cache.get(key) : undefined;
  if (output === undefined) {
    const ran = await inTemporaryFolder(async (home) => {
      for (const [file, bytes] of files) write(path.join(home, "tree", file), bytes);
      const valuesFile = path.join(home, "values.yaml");
      write(valuesFile, Buffer.from(valuesText));
      const from = [
        ...(remote?.version === undefined ? [] : [`--version=${remote.version}`]),
        ...(remote?.repository === undefined ? [] : [`--repo=${remote.repository}`]),
      ];
      const source = remote === undefined ? path.join(home, "tree", local?.at ?? archiveName) : remote.chart;
      // After `--` nothing is an option: names come from manifests.
      const args = ["template", ...options, ...from, `--values=${valuesFile}`, "--", name, source];
      return context.run(() => runTool(helm, args, { remote: remote !== undefined, seconds: context.seconds, home }));
    });
    if ("failed" in ran)
      return { missing: "helm fails", detail: ran.failed, fix: "Try `helm template` with its values" };
    output = ran.output;
    if (isCacheable) context.cache.set(key, output);
  }
  return { documents: templatedDocuments(output, local, copies, origins, owner) };
}

/** The merged values of several files, or the reason why they cannot be read. */
function valuesOfFiles(tree: SourceTree, files: readonly string[]): Record<string, unknown> | string {
  let values: Record<string, unknown> = {};
  for (const file of files) {
    const read: unknown = goYaml(tree.read(file));
    if (read !== null && !isRecord(read)) return `its values file ${file} is not a mapping`;
    values = mergeValues(values, read ?? {});
  }
  return values;
}

const archiveName = "chart.tgz";

/** The file of a packed chart; empty for a remote one; or the reason why it cannot be read. */
function archiveFiles(chart: Release["chart"]): Map<string, Uint8Array> | string {
  if ("packed" in chart) return new Map([[archiveName, chart.packed]]);
  if (!("archive" in chart)) return new Map();
  try {
    return new Map([[archiveName, readFileSync(chart.archive)]]);
  } catch (error) {
    return `its archive cannot be read: ${(error as Error).message}`;
  }
}

function write(file: string, content: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o600 });
}

function templatedDocuments(
  output: string,
  local: LocalChart | undefined,
  copies: ReadonlyMap<string, string>,
  origins: Origins,
  owner: LocatedDocument,
): LocatedDocument[] {
  const place = { shown: owner.file, line: owner.position([]).line };
  return output.split(/^---\s*$/m).flatMap((text) => {
    const template = /^# Source: [^/\n]+\/(.+)$/m.exec(text)?.[1];
    const copy = template === undefined || local === undefined ? undefined : joined(local.at, template);
    const source = copy === undefined ? undefined : (copies.get(copy) ?? copy);
    return readYaml(text, owner.file).documents.map(({ value }) => {
      const kind = String(memberAt(value, ["kind"]));
      const at = source === undefined ? undefined : lineOfKind(origins.tree, source, kind);
      if (source === undefined || at === undefined) return origins.located(value, withoutUndefined(place));
      return { file: origins.tree.displayName(source), value, position: () => ({ line: at }) };
    });
  });
}

const withoutUndefined = ({ shown, line }: { shown: string; line: number | undefined }) => ({
  shown,
  ...(line !== undefined && { line }),
});

/** The line where a template first writes an object of this kind: Helm reports templates, but no lines. */
function lineOfKind(tree: SourceTree, source: string, kind: string): number | undefined {
  const content = tree.read(source);
  if (content === undefined) return undefined;
  const lines = Buffer.from(content).toString("utf8").split("\n");
  const at = lines.findIndex(
    (line) =>
      /^kind:\s*/.test(line) &&
      line
        .replace(/^kind:\s*/, "")
        .trim()
        .replaceAll(/["']/g, "") === kind,
  );
  return at < 0 ? 1 : at + 1;
}
