import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { mergeValues } from "../../common/helm-values";
import { knownText as text } from "../../common/placeholder";
import { formatPlace } from "../../common/problem";
import { reasonOfUnseen } from "../../common/unseen";
import type { LocatedDocument } from "../../input/manifests/document";
import { isRecord } from "../../input/manifests/shape";
import { readYaml } from "../../input/manifests/yaml";
import { helmTemplate, type Release } from "../../input/render/helm/chart";
import { build } from "../../input/render/kustomize/build";
import { isAddress } from "../../input/render/kustomize/kustomization-files";
import { goYaml } from "../../input/render/objects/go-yaml";
import type { Missing } from "../../input/render/objects/missing";
import { inNamespace, kustomizedDocuments, Origins } from "../../input/render/objects/rendered";
import { globbed, workingTree } from "../../input/render/repository/tree";
import type { RenderContext } from "../../input/render/tools/context";
import type { SourcePosition } from "../../pulumi-engine";
import type { JsonValue } from "../model";
import { fileOfText, WrittenAt } from "./written-at";

/** The objects that the Kubernetes provider would create, or why they are unknown. */
export type Expanded = { objects: readonly ExpandedObject[] } | { reason: string; fix: string };

export type ExpandedObject = { readonly [member: string]: JsonValue };

/** The inputs of a resource, or the arguments of a function. Unknown values are text in brackets. */
export type Inputs = { readonly [property: string]: unknown };

/** Charts whose workloads meshfence knows already; it reads their settings from the values. */
const knownCharts = new Set(["cilium", "linkerd-crds", "linkerd-control-plane", "linkerd-viz"]);

const preview = "Look at it with `pulumi preview`";

/** Expands manifests, charts and kustomizations as the Kubernetes provider does, with the tools on this machine. */
export class Expansion {
  readonly written = new WrittenAt();
  /** What functions could not produce. (Unlike components, they have no resource to attach the reason to.) */
  readonly missed: { object: string; reason: string; fix: string }[] = [];

  constructor(
    /** The working directory of the program. */
    private readonly directory: string,
    private readonly context: RenderContext,
  ) {}

  /** `yaml.decode` of the provider. @throws Error like the provider, if the text is not YAML */
  decode(text: string): ExpandedObject[] {
    const file = fileOfText(this.directory, text);
    const objects = objectsOf(text, file ?? "the manifest");
    if (file !== undefined) this.handOver(objects);
    return objects;
  }

  /** Records the places of objects that the program will register itself. */
  handOver(objects: readonly ExpandedObject[]): void {
    for (const object of objects) this.written.note(object, placeOf(object));
  }

  file(name: unknown): Expanded {
    if (!isKnown(name)) return unknownInput("file");
    if (/^https?:\/\//.test(name)) return { reason: "its file is elsewhere, and nothing is fetched", fix: preview };
    const file = path.resolve(this.directory, name);
    if (!existsSync(file)) return { reason: `there is no file ${name}`, fix: "Name one that exists" };
    return attempt(() => ({ objects: objectsOf(readFileSync(file, "utf8"), name) }));
  }

  group({ files, yaml, objs }: Inputs): Expanded {
    const given = (value: unknown) =>
      value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
    const [patterns, texts] = [given(files), given(yaml)];
    if (![...patterns, ...texts].every(isKnown)) return unknownInput("files or YAML");
    const expanded: Expanded[] = [
      ...patterns.flatMap((pattern) => this.files(String(pattern)).map((file) => this.file(file))),
      ...texts.map((text) => attempt(() => ({ objects: objectsOf(String(text), "the YAML") }))),
    ];
    const failed = expanded.find((one) => "reason" in one);
    if (failed !== undefined) return failed;
    const own = given(objs).filter(isRecord) as ExpandedObject[];
    return { objects: [...expanded.flatMap((one) => ("objects" in one ? one.objects : [])), ...own] };
  }

  /** The files that a pattern matches; a name without wildcards is returned as it is, so that a missing file is reported. */
  private files(pattern: string): string[] {
    if (!/[*?{[]/.test(pattern) || /^https?:\/\//.test(pattern)) return [pattern];
    return globbed(this.directory, pattern);
  }

  async kustomization(directory: unknown, namespace?: unknown): Promise<Expanded> {
    if (!isKnown(directory)) return unknownInput("directory");
    if (isAddress(directory)) return { reason: "its directory is elsewhere, and nothing is fetched", fix: preview };
    const folder = path.resolve(this.directory, directory);
    const tree = existsSync(folder) && statSync(folder).isDirectory() ? workingTree([folder]) : undefined;
    if (tree === undefined) return { reason: `there is no folder ${directory} here`, fix: preview };
    const at = tree.pathOf(folder) ?? "";
    const built = await build(tree, at, this.context);
    if (!("output" in built)) return notMade(built);
    if (built.omitted !== undefined) return notMade(built.omitted);
    const documents = kustomizedDocuments(built.output, at, new Origins(tree), directory);
    return { objects: valuesIn(documents.map((one) => inNamespace(one, text(namespace), true))) };
  }

  /** A chart of `helm.v3.Release`, `helm.v4.Chart` or `helm.v3.Chart`, with options normalized to these names. */
  async chart(name: string, inputs: Inputs): Promise<Expanded> {
    const { chart, version, namespace, values, valueYamlFiles, repositoryOpts, skipCrds } = inputs;
    if (!isKnown(chart)) return unknownInput("chart");
    const repository = isRecord(repositoryOpts) ? text(repositoryOpts.repo) : undefined;
    const folder = path.resolve(this.directory, chart);
    const isLocal = repository === undefined && existsSync(folder);
    const isFolder = isLocal && statSync(folder).isDirectory();
    const tree = workingTree([isFolder ? folder : this.directory]);
    if (tree === undefined) return { reason: "its program's folder is gone", fix: preview };
    const given = values === undefined || values === null ? {} : values;
    if (!isRecord(given)) return unknownInput("values");
    const assets = Array.isArray(valueYamlFiles) ? valueYamlFiles.map((asset) => this.valuesFile(asset)) : [];
    if (assets.includes(undefined)) return unknownInput("values files");
    const release: Release = {
      name,
      namespace: text(namespace) ?? "default",
      chart: isFolder
        ? { at: tree.pathOf(folder) ?? "" }
        : isLocal
          ? { archive: folder }
          : {
              chart,
              ...(repository !== undefined && { repository }),
              ...(text(version) !== undefined && { version: String(version) }),
            },
      values: mergeValues(...assets, given),
      ...(skipCrds === true && { skipCrds: true }),
    };
    const place: LocatedDocument = { file: name, value: {}, position: () => ({}) };
    const inflated = await helmTemplate(release, new Origins(tree), place, this.context);
    if ("missing" in inflated) return notMade(inflated);
    return { objects: valuesIn(inflated.documents.map((one) => inNamespace(one, release.namespace, false))) };
  }

  private valuesFile(asset: unknown): Record<string, unknown> | undefined {
    const content = isRecord(asset) && isRecord(asset.asset) ? asset.asset : asset;
    if (!isRecord(content)) return undefined;
    const source = isKnown(content.path)
      ? attempt(() => readFileSync(path.resolve(this.directory, String(content.path)), "utf8"))
      : content.text;
    if (typeof source !== "string") return undefined;
    const value: unknown = attempt(() => goYaml(source));
    return value === null ? {} : isRecord(value) && !("reason" in value) ? value : undefined;
  }

  /** Expands a component of the Kubernetes package whose children the provider creates. */
  component(type: string, name: string, inputs: Inputs): Promise<Expanded> | Expanded {
    switch (type) {
      case "kubernetes:yaml/v2:ConfigFile":
        return this.file(inputs.file);
      case "kubernetes:yaml/v2:ConfigGroup":
        return this.group(inputs);
      case "kubernetes:kustomize/v2:Directory":
        return this.kustomization(inputs.directory, inputs.namespace);
      case "kubernetes:helm.sh/v4:Chart":
        if (inputs.postRenderer !== undefined) return { reason: "its post-renderer is a program", fix: preview };
        return this.chart(text(inputs.name) ?? name, inputs);
      default:
        return { reason: `its children are made by the provider of ${type}, which is not run here`, fix: preview };
    }
  }

  /** What a Helm release installs; undefined if that does not matter. */
  async release(name: string, inputs: Inputs): Promise<Expanded | undefined> {
    const chart =
      typeof inputs.chart === "string"
        ? inputs.chart
            .split("/")
            .at(-1)
            ?.replace(/-v?\d[\w.+-]*\.tgz$/, "")
        : undefined;
    const isLocal = existsSync(path.resolve(this.directory, String(inputs.chart)));
    const isKnownChart = chart !== undefined && knownCharts.has(chart) && !isLocal;
    if (isKnownChart && inputs.postrender === undefined) return undefined;
    return this.everyRelease(name, inputs);
  }

  /** What a Helm release installs, even if meshfence knows its workloads already. */
  async everyRelease(name: string, inputs: Inputs): Promise<Expanded> {
    if (inputs.postrender !== undefined) return { reason: "its post-renderer is a program", fix: preview };
    return this.chart(text(inputs.name) ?? name, inputs);
  }
}

/** The objects of a text, with lists expanded. */
function objectsOf(text: string, file: string): ExpandedObject[] {
  const { documents, problems } = readYaml(text, file);
  const [first] = problems;
  if (first !== undefined) throw new Error(`${formatPlace({ file, line: first.line })}: ${first.message}`);
  return valuesIn(documents);
}

function valuesIn(documents: readonly LocatedDocument[]): ExpandedObject[] {
  return documents.flatMap((document) => {
    const objects = unlisted(document.value);
    const { line, column = 1 } = document.position([]);
    // The program's directory is the working directory while it runs.
    if (line !== undefined)
      for (const object of objects) places.set(object, { file: path.resolve(document.file), line, column });
    return objects;
  });
}

/** The places of objects that were read from a file. */
const places = new WeakMap<ExpandedObject, SourcePosition>();

/** The file and line of an expanded object; undefined if it came from no file. */
export const placeOf = (object: ExpandedObject): SourcePosition | undefined => places.get(object);

function unlisted(value: unknown): ExpandedObject[] {
  if (!isRecord(value)) return [];
  if (typeof value.kind === "string" && value.kind.endsWith("List") && Array.isArray(value.items)) {
    return value.items.flatMap(unlisted);
  }
  return [value as ExpandedObject];
}

function attempt<Result>(make: () => Result): Result | { reason: string; fix: string } {
  try {
    return make();
  } catch (error) {
    return { reason: (error as Error).message, fix: "Fix it" };
  }
}

const isKnown = (value: unknown): value is string => text(value) !== undefined;

const notMade = ({ missing, detail, fix }: Missing) => ({ reason: reasonOfUnseen({ reason: missing, detail }), fix });

const unknownInput = (what: string) => ({
  reason: `its ${what} will be known only after it is created`,
  fix: "Give it as a plain value",
});
