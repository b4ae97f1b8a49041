import path from "node:path";
import { parse } from "yaml";
import { goRegExp } from "../../kubernetes/schema/go-regexp";
import { isRecord, memberAt } from "../manifests/shape";
import type { LocatedDocument } from "../manifests/yaml";
import type { Missing } from "./missing";
import type { Known } from "./objects";
import { filesBelow, isFolder, type SourceTree } from "./tree";

type Parameters = Readonly<Record<string, unknown>>;

const fix = "Give the output of `argocd appset generate` too";
/** As many as no ApplicationSet makes, whatever it multiplies. */
const mostApplications = 2000;

const missing = (reason: string): Missing => ({ missing: reason, fix });

const tooMany = missing(`it makes more than ${mostApplications} Applications`);

/** The Applications that an ApplicationSet makes, at its own place. */
export function applicationsOf(tree: SourceTree, known: Known, document: LocatedDocument): LocatedDocument[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  const template = memberAt(spec, ["template"]);
  if (!isRecord(template)) return missing("it has no template");
  if (memberAt(spec, ["templatePatch"]) !== undefined) return missing("it patches its template");
  const generators = memberAt(spec, ["generators"]);
  const inGo = memberAt(spec, ["goTemplate"]) === true;
  const sets: Parameters[] = [];
  for (const generator of Array.isArray(generators) ? generators : []) {
    const made = generated(tree, known, generator, inGo);
    if (!Array.isArray(made)) return made;
    sets.push(...made);
    if (sets.length > mostApplications) return tooMany;
  }
  const applications: LocatedDocument[] = [];
  const namespace = memberAt(document.value, ["metadata", "namespace"]);
  for (const parameters of sets) {
    const filled = fill(template, parameters, inGo);
    if (filled.unknown !== undefined)
      return missing(`its template asks for {{${filled.unknown}}}, which is not known here`);
    const { metadata, spec: own } = filled.value as { metadata?: unknown; spec?: unknown };
    const value = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { ...(typeof namespace === "string" && { namespace }), ...(isRecord(metadata) ? metadata : {}) },
      spec: own,
    };
    applications.push({ file: document.file, value, position: () => document.position(["spec", "template"]) });
  }
  return applications;
}

function generated(tree: SourceTree, known: Known, generator: unknown, inGo: boolean): Parameters[] | Missing {
  if (!isRecord(generator)) return [];
  const [kind = ""] = Object.keys(generator).filter((key) => key !== "selector");
  const options = generator[kind];
  if (!isRecord(options)) return missing(`its generator ${kind} says nothing`);
  if (generator.selector !== undefined) return missing("its generators are selected by labels");
  switch (kind) {
    case "list":
      return Array.isArray(options.elements)
        ? options.elements.filter(isRecord)
        : missing("its list is made elsewhere");
    case "git":
      return fromGit(tree, options, inGo);
    case "clusters":
      return fromClusters(known, options);
    case "matrix": {
      const parts = Array.isArray(options.generators) ? options.generators : [];
      let sets: Parameters[] = [{}];
      for (const part of parts) {
        const more = generated(tree, known, part, inGo);
        if (!Array.isArray(more)) return more;
        if (sets.length * more.length > mostApplications) return tooMany;
        sets = sets.flatMap((set) => more.map((one) => ({ ...set, ...one })));
      }
      return sets;
    }
    default:
      return missing(`what its generator ${kind} gives is known only to Argo CD`);
  }
}

function fromGit(
  tree: SourceTree,
  { directories, files, values }: Record<string, unknown>,
  inGo: boolean,
): Parameters[] | Missing {
  const extra = isRecord(values) ? { values } : {};
  const root = tree.named[0] ?? "";
  const bases = ["", ...(root === "" ? [] : [root])];
  if (Array.isArray(directories)) {
    const patterns = directories
      .filter(isRecord)
      .map(({ path: pattern, exclude }) => ({ pattern: String(pattern), exclude: exclude === true }));
    for (const base of bases) {
      const found = foldersBelow(tree, base).filter((folder) => {
        const hits = patterns.filter(({ pattern }) => globs(pattern, folder));
        return hits.length > 0 && !hits.some(({ exclude }) => exclude);
      });
      if (found.length > 0) return found.map((folder) => ({ ...pathOf(folder, inGo), ...extra }));
    }
    return [];
  }
  if (!Array.isArray(files)) return missing("its git generator names neither directories nor files");
  const patterns = files.filter(isRecord).map(({ path: pattern }) => String(pattern));
  for (const base of bases) {
    const found = filesBelow(tree, base, (name) => name !== ".git" && name !== "node_modules")
      .map((file) => (base === "" ? file : file.slice(base.length + 1)))
      .filter((file) => patterns.some((pattern) => globs(pattern, file)));
    if (found.length === 0) continue;
    return found.flatMap((file) => {
      const content = Buffer.from(tree.read(base === "" ? file : `${base}/${file}`) ?? []).toString("utf8");
      const value: unknown = parse(content);
      const folder = path.posix.dirname(file);
      const place = { ...pathOf(folder === "." ? "" : folder, inGo, path.posix.basename(file)), ...extra };
      return (Array.isArray(value) ? value : [value]).filter(isRecord).map((one) => ({ ...one, ...place }));
    });
  }
  return [];
}

function foldersBelow(tree: SourceTree, base: string, folder = ""): string[] {
  const at = [base, folder].filter((part) => part !== "").join("/");
  return (tree.list(at) ?? []).flatMap((name) => {
    if (name === ".git" || name === "node_modules") return [];
    const next = folder === "" ? name : `${folder}/${name}`;
    return isFolder(tree, [base, next].filter((part) => part !== "").join("/"))
      ? [next, ...foldersBelow(tree, base, next)]
      : [];
  });
}

function pathOf(folder: string, inGo: boolean, filename?: string): Parameters {
  const segments = folder.split("/").filter((part) => part !== "");
  const basename = segments.at(-1) ?? "";
  const basenameNormalized = basename.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
  const named =
    filename === undefined
      ? {}
      : { filename, filenameNormalized: filename.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-") };
  if (inGo) return { path: { path: folder, basename, basenameNormalized, segments, ...named } };
  return {
    path: folder,
    "path.basename": basename,
    "path.basenameNormalized": basenameNormalized,
    ...Object.fromEntries(segments.map((segment, index) => [`path[${index}]`, segment])),
    ...Object.fromEntries(Object.entries(named).map(([key, value]) => [`path.${key}`, value])),
  };
}

/** The clusters that Secrets in the repository say, and the one that Argo CD runs in. */
function fromClusters(known: Known, { selector, values }: Record<string, unknown>): Parameters[] | Missing {
  const extra = isRecord(values) ? { values } : {};
  const secrets = known.labelled("Secret", "argocd.argoproj.io/secret-type", "cluster");
  const clusters = secrets.flatMap(({ value }): Parameters[] => {
    const data = memberAt(value, ["stringData"]);
    const metadata = memberAt(value, ["metadata"]);
    if (!isRecord(data)) return [];
    return [{ name: data.name, nameNormalized: data.name, server: data.server, metadata, ...extra }];
  });
  if (selector !== undefined && isRecord(selector) && Object.keys(selector).length > 0) {
    const wanted = isRecord(selector.matchLabels) ? Object.entries(selector.matchLabels) : [];
    if (selector.matchExpressions !== undefined || clusters.length === 0)
      return missing("its clusters are known only to Argo CD");
    return clusters.filter(({ metadata }) =>
      wanted.every(([key, label]) => memberAt(metadata, ["labels", key]) === label),
    );
  }
  return [
    { name: "in-cluster", nameNormalized: "in-cluster", server: "https://kubernetes.default.svc", ...extra },
    ...clusters,
  ];
}

/** `*` is within a part of the path, `**` any number of them. */
function globs(pattern: string, name: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^$()|[\]\\{}]/g, "\\$&")
    .replaceAll("**/", "\0")
    .replaceAll("**", "\x01")
    .replaceAll("*", "[^/]*")
    .replaceAll("?", "[^/]")
    .replaceAll("\0", "(?:.*/)?")
    .replaceAll("\x01", ".*");
  return goRegExp(`^${expression}$`).test(name);
}

interface Filled {
  value: unknown;
  unknown?: string;
}

/** A template with its parameters in place; what it asks for and is not given or is more than a name is told. */
function fill(template: unknown, parameters: Parameters, inGo: boolean): Filled {
  let unknown: string | undefined;
  const text = (written: string) =>
    written.replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (whole, asked: string) => {
      const value = inGo ? inGoOf(asked, parameters) : plainOf(asked, parameters);
      if (value === undefined) unknown ??= asked;
      return value ?? whole;
    });
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [text(key), walk(member)]));
  };
  const value = walk(template);
  return { value, ...(unknown !== undefined && { unknown }) };
}

function plainOf(asked: string, parameters: Parameters): string | undefined {
  return scalar(Object.hasOwn(parameters, asked) ? parameters[asked] : member(parameters, asked.split(".")));
}

/** `.a.b`, and `index .path.segments 1`. */
function inGoOf(asked: string, parameters: Parameters): string | undefined {
  const [, list, index] = /^index\s+\.([\w.]+)\s+(\d+)$/.exec(asked) ?? [];
  if (list !== undefined) {
    const items = member(parameters, list.split("."));
    return Array.isArray(items) ? scalar(items[Number(index)]) : undefined;
  }
  const [, name] = /^\.([\w.-]+)$/.exec(asked) ?? [];
  return name === undefined ? undefined : scalar(member(parameters, name.split(".")));
}

const member = (value: unknown, keys: readonly string[]): unknown =>
  keys.reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);

const scalar = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
