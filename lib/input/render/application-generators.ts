import path from "node:path";
import { mergeValues } from "../../common/helm-values";
import { goRegExp } from "../../kubernetes/schema/go-regexp";
import { isRecord, memberAt } from "../manifests/shape";
import { fill, member, normalized, type Parameters } from "./application-template";
import { isOwn } from "./argo-values";
import { goYaml } from "./go-yaml";
import type { Missing } from "./missing";
import { isEncrypted, type ReferencedObjects } from "./referenced-objects";
import { filesBelow, isFolder, type SourceTree, WalkLimit } from "./tree";

export const appsetFix = "Give the output of `argocd appset generate` too";

/** As many as no ApplicationSet makes, whatever it multiplies. */
export const mostApplications = 2000;

export const missing = (reason: string): Missing => ({ missing: reason, fix: appsetFix });

export const tooMany = missing(`it makes more than ${mostApplications} Applications`);

const inCluster = "https://kubernetes.default.svc";

/** What the generators of an ApplicationSet give, as far as the repository says it. */
export class Generators {
  constructor(
    private readonly tree: SourceTree,
    private readonly known: ReferencedObjects,
    private readonly inGo: boolean,
  ) {}

  generated(generator: unknown): Parameters[] | Missing {
    if (!isRecord(generator)) return [];
    const made = this.made(generator);
    if (!Array.isArray(made) || generator.selector === undefined) return made;
    return made.filter((set) => isSelected(generator.selector, set));
  }

  private made(generator: Record<string, unknown>): Parameters[] | Missing {
    const [kind = ""] = Object.keys(generator).filter((key) => key !== "selector");
    const options = generator[kind];
    if (!isRecord(options)) return missing(`its generator ${kind} says nothing`);
    switch (kind) {
      case "list":
        return Array.isArray(options.elements) && options.elementsYaml === undefined
          ? options.elements.filter(isRecord)
          : missing("its list is made elsewhere");
      case "git":
        return this.fromGit(options);
      case "clusters":
        return this.fromClusters(options);
      case "matrix":
        return this.matrix(options);
      case "merge":
        return this.merged(options);
      default:
        return missing(`what its generator ${kind} gives is known only to Argo CD`);
    }
  }

  /** Each of one generator with each of the next, in which the first one's parameters are filled in. */
  private matrix({ generators }: Record<string, unknown>): Parameters[] | Missing {
    let sets: Parameters[] = [{}];
    for (const part of Array.isArray(generators) ? generators : []) {
      const next: Parameters[] = [];
      for (const set of sets) {
        const more = this.generated(fill(part, set, this.inGo).value);
        if (!Array.isArray(more)) return more;
        if (next.length + more.length > mostApplications) return tooMany;
        next.push(...more.map((one) => (this.inGo ? mergeValues(one, set) : { ...set, ...one })));
      }
      sets = next;
    }
    return sets;
  }

  /** The first generator's, each with what later ones give for the same keys. */
  private merged({ generators, mergeKeys }: Record<string, unknown>): Parameters[] | Missing {
    const keys = (Array.isArray(mergeKeys) ? mergeKeys : []).map(String);
    const keyOf = (set: Parameters) => JSON.stringify(keys.map((key) => parameterOf(set, key)));
    const [first, ...others] = Array.isArray(generators) ? generators : [];
    const base = this.generated(first);
    if (!Array.isArray(base)) return base;
    let sets = base;
    for (const other of others) {
      const more = this.generated(other);
      if (!Array.isArray(more)) return more;
      const byKey = new Map(more.map((one) => [keyOf(one), one]));
      sets = sets.map((set) => {
        const over = byKey.get(keyOf(set));
        return over === undefined ? set : this.inGo ? mergeValues(set, over) : { ...set, ...over };
      });
    }
    return sets;
  }

  private fromGit(options: Record<string, unknown>): Parameters[] | Missing {
    const { directories, files, repoURL, values, pathParamPrefix } = options;
    if (typeof repoURL === "string" && !isOwn(this.tree, repoURL))
      return missing(`its git generator reads another repository, ${repoURL}`);
    const prefix = typeof pathParamPrefix === "string" ? pathParamPrefix : "";
    const root = this.tree.named[0] ?? "";
    const bases = ["", ...(root === "" ? [] : [root])];
    const patterns = (Array.isArray(directories) ? directories : Array.isArray(files) ? files : [])
      .filter(isRecord)
      .map((one) => ({ pattern: String(one.path), exclude: one.exclude === true }));
    const crosses = !Array.isArray(directories);
    const isWanted = (name: string) => {
      const hits = patterns.filter(({ pattern }) => globs(pattern, name, crosses));
      return hits.length > 0 && !hits.some(({ exclude }) => exclude);
    };
    if (Array.isArray(directories)) {
      const found = bases.map((base) => foldersBelow(this.tree, base).filter(isWanted)).find((one) => one.length > 0);
      return (found ?? []).map((folder) => this.withValues(pathOf(folder, this.inGo, prefix), values));
    }
    if (!Array.isArray(files)) return missing("its git generator names neither directories nor files");
    for (const base of bases) {
      const found = filesBelow(this.tree, base, (name) => name !== ".git" && name !== "node_modules")
        .map((file) => (base === "" ? file : file.slice(base.length + 1)))
        .filter(isWanted);
      if (found.length > 0) return found.flatMap((file) => this.fromFile(base, file, prefix, values));
    }
    return [];
  }

  private fromFile(base: string, file: string, prefix: string, values: unknown): Parameters[] {
    const content = Buffer.from(this.tree.read(base === "" ? file : `${base}/${file}`) ?? []).toString("utf8");
    const value: unknown = goYaml(content);
    const folder = path.posix.dirname(file);
    const place = pathOf(folder === "." ? "" : folder, this.inGo, prefix, path.posix.basename(file));
    return (Array.isArray(value) ? value : [value ?? {}])
      .filter(isRecord)
      .map((one) => this.withValues({ ...one, ...place }, values));
  }

  /** With what a generator gives beside its own, in which its own may be filled in. */
  private withValues(set: Parameters, values: unknown): Parameters {
    return isRecord(values) ? { ...set, values: fill(values, set, this.inGo).value } : set;
  }

  /** The clusters that Secrets in the repository say, and the one that Argo CD runs in. */
  private fromClusters({ selector, values }: Record<string, unknown>): Parameters[] | Missing {
    const secrets = this.known.labelled("Secret", "argocd.argoproj.io/secret-type", "cluster");
    if (secrets.some(({ value }) => isEncrypted(value))) return missing("its clusters are in encrypted Secrets");
    const clusters = secrets.map(({ value }): Parameters => {
      const decoded = (name: string) => {
        const [plain, coded] = [memberAt(value, ["stringData", name]), memberAt(value, ["data", name])];
        return plain ?? (typeof coded === "string" ? Buffer.from(coded, "base64").toString("utf8") : "");
      };
      const name = String(decoded("name"));
      const { labels = {}, annotations = {} } = (memberAt(value, ["metadata"]) ?? {}) as Record<string, unknown>;
      return {
        name,
        nameNormalized: normalized(name),
        server: decoded("server"),
        project: decoded("project"),
        metadata: { labels, annotations },
      };
    });
    const isSelecting =
      isRecord(selector) && Object.values(selector).some((one) => isRecord(one) || Array.isArray(one));
    if (isSelecting && clusters.length === 0) return missing("its clusters are known only to Argo CD");
    const own = { name: "in-cluster", nameNormalized: "in-cluster", server: inCluster, project: "" };
    const chosen: Parameters[] = isSelecting
      ? clusters.filter((one) => isSelected(selector, labelsOf(one)))
      : [...(clusters.some(({ server }) => server === inCluster) ? [] : [own]), ...clusters];
    return chosen.map((one) => this.withValues(one, values));
  }
}

const labelsOf = (cluster: Parameters): Parameters => {
  const labels = member(cluster, ["metadata", "labels"]);
  return { ...(isRecord(labels) ? labels : {}), "argocd.argoproj.io/secret-type": "cluster" };
};

const parameterOf = (set: Parameters, key: string): unknown =>
  Object.hasOwn(set, key) ? set[key] : member(set, key.split("."));

/** Whether parameters are what a label selector asks for. */
function isSelected(selector: unknown, set: Parameters): boolean {
  const text = (key: string) => {
    const value = parameterOf(set, key);
    return value === undefined ? undefined : String(value);
  };
  const labels = memberAt(selector, ["matchLabels"]);
  const expressions = memberAt(selector, ["matchExpressions"]);
  return (
    Object.entries(isRecord(labels) ? labels : {}).every(([key, value]) => text(key) === value) &&
    (Array.isArray(expressions) ? expressions : []).filter(isRecord).every(({ key, operator, values }) => {
      const value = text(String(key));
      const listed = Array.isArray(values) && value !== undefined && values.map(String).includes(value);
      if (operator === "In") return listed;
      if (operator === "NotIn") return !listed;
      return operator === "Exists" ? value !== undefined : value === undefined;
    })
  );
}

/** As Argo CD lists them: none whose name begins with a dot. */
function foldersBelow(tree: SourceTree, base: string, folder = "", walked = new WalkLimit()): string[] {
  walked.enter(folder);
  const at = [base, folder].filter((part) => part !== "").join("/");
  return (tree.list(at) ?? []).flatMap((name) => {
    if (name.startsWith(".") || name === "node_modules") return [];
    const next = folder === "" ? name : `${folder}/${name}`;
    return isFolder(tree, [base, next].filter((part) => part !== "").join("/"))
      ? [next, ...foldersBelow(tree, base, next, walked)]
      : [];
  });
}

function pathOf(folder: string, inGo: boolean, prefix: string, filename?: string): Parameters {
  const segments = folder.split("/").filter((part) => part !== "");
  const basename = segments.at(-1) ?? "";
  const basenameNormalized = normalized(basename);
  const named = filename === undefined ? {} : { filename, filenameNormalized: normalized(filename) };
  if (inGo) {
    const place = { path: { path: folder, basename, basenameNormalized, segments, ...named } };
    return prefix === "" ? place : { [prefix]: place };
  }
  const own = prefix === "" ? "path" : `${prefix}.path`;
  return {
    [own]: folder,
    [`${own}.basename`]: basename,
    [`${own}.basenameNormalized`]: basenameNormalized,
    ...Object.fromEntries(segments.map((segment, index) => [`${own}[${index}]`, segment])),
    ...Object.fromEntries(Object.entries(named).map(([key, value]) => [`${own}.${key}`, value])),
  };
}

/** Folders: `*` is within a part of the path. Files: it crosses parts, as git reads it, and a folder's name means all that is in it. */
function globs(pattern: string, name: string, crosses: boolean): boolean {
  const any = crosses ? ".*" : "[^/]*";
  const expression = pattern
    .replaceAll(/[.+^$()|[\]\\{}]/g, "\\$&")
    .replaceAll(crosses ? /\*\*\//g : /\0/g, "\0")
    .replaceAll(/\*+/g, any)
    .replaceAll("?", crosses ? "." : "[^/]")
    .replaceAll("\0", "(?:.*/)?");
  return goRegExp(`^${expression}${crosses ? "(?:/.*)?" : ""}$`).test(name);
}
