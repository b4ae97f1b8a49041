import path from "node:path";
import { normalized } from "../../go-template/argo-functions";
import { fromJson, type GoMap, TemplateError, TextMap } from "../../go-template/values";
import { isRecord, memberAt } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { isEncrypted, type ReferencedObjects } from "../objects/referenced-objects";
import { filesBelow, type SourceTree } from "../repository/tree";
import {
  combineStrictly,
  deepMerge,
  flatten,
  indexByKeys,
  isSelected,
  listElement,
  metadataTexts,
} from "./application-parameters";
import { foldersBelow, matchesGlob, pathParameters } from "./application-paths";
import type { Parameters, Templating } from "./application-template";
import { isThisRepository } from "./values";

export const appsetFix = "Give the output of `argocd appset generate` too";

/** More Applications than any real ApplicationSet generates. A matrix may multiply without bounds. */
export const maxApplications = 2000;

export const missing = (reason: string, detail?: string): Missing => ({ missing: reason, detail, fix: appsetFix });

export const tooMany = missing(`it generates more than ${maxApplications} Applications`);

const inCluster = "https://kubernetes.default.svc";

/** The member of a generator that is its kind, such as `git`. Empty if it has none. */
export const generatorKind = (generator: Record<string, unknown>): string =>
  Object.keys(generator).find((key) => key !== "selector") ?? "";

/** The addresses of the repositories that an ApplicationSet's git generators read, however deep they are nested. */
export function generatorRepositories(set: unknown): string[] {
  const generators = memberAt(set, ["spec", "generators"]);
  const named = (list: unknown): string[] =>
    (Array.isArray(list) ? list : []).filter(isRecord).flatMap(({ git, matrix, merge }) => {
      const address = memberAt(git, ["repoURL"]);
      return [
        ...(typeof address === "string" && !address.includes("{{") ? [address] : []),
        ...[matrix, merge].flatMap((combined) => named(memberAt(combined, ["generators"]))),
      ];
    });
  return named(generators);
}

/** Evaluates the generators of an ApplicationSet, as far as the repository has what they read. */
export class Generators {
  constructor(
    private readonly tree: SourceTree,
    private readonly referenced: ReferencedObjects,
    private readonly templating: Templating,
  ) {}

  /**
   * The sets of parameters that a generator produces, one for each Application.
   *
   * @throws TemplateError if Argo CD reports an error
   */
  parameters(generator: unknown): Parameters[] | Missing {
    if (!isRecord(generator)) return [];
    const made = this.generate(generator);
    if (!Array.isArray(made) || generator.selector === undefined) return made;
    return made.filter((set) => isSelected(generator.selector, flatten(set)));
  }

  private generate(generator: Record<string, unknown>): Parameters[] | Missing {
    const kind = generatorKind(generator);
    const options = generator[kind];
    if (!isRecord(options)) return missing(`its generator ${kind} is empty`);
    switch (kind) {
      case "list":
        return this.fromList(options);
      case "git":
        return this.fromGit(options);
      case "clusters":
        return this.fromClusters(options);
      case "matrix":
        return this.matrix(options);
      case "merge":
        return this.merge(options);
      default:
        return missing(`only Argo CD knows what its generator ${kind} produces`);
    }
  }

  private fromList({ elements, elementsYaml }: Record<string, unknown>): Parameters[] {
    const given = (Array.isArray(elements) ? elements : []).filter(isRecord);
    const sets = given.map((element) => (this.templating.usesGo ? (fromJson(element) as GoMap) : listElement(element)));
    if (typeof elementsYaml !== "string" || elementsYaml === "") return sets;
    const more: unknown = goYaml(elementsYaml) ?? [];
    if (!Array.isArray(more) || !more.every(isRecord))
      throw new TemplateError("its elementsYaml is not a list of mappings");
    return [...sets, ...more.map((one) => fromJson(one) as GoMap)];
  }

  /** Combines each set of the first generator with each of the second, whose templates see the first one's parameters. */
  private matrix({ generators }: Record<string, unknown>): Parameters[] | Missing {
    const [first, second, ...others] = Array.isArray(generators) ? generators : [];
    if (second === undefined || others.length > 0) throw new TemplateError("its matrix does not have two generators");
    const sets = this.parameters(first);
    if (!Array.isArray(sets)) return sets;
    const all: Parameters[] = [];
    for (const set of sets) {
      const more = this.parameters(this.templating.generator(second, set));
      if (!Array.isArray(more)) return more;
      if (all.length + more.length > maxApplications) return tooMany;
      all.push(...more.map((one) => (this.templating.usesGo ? deepMerge(one, set) : combineStrictly(set, one))));
    }
    return all;
  }

  /** The first generator's sets, each overridden by the later generators' sets with the same merge keys. */
  private merge({ generators, mergeKeys }: Record<string, unknown>): Parameters[] | Missing {
    const keys = (Array.isArray(mergeKeys) ? mergeKeys : []).map(String);
    const parts = Array.isArray(generators) ? generators : [];
    if (keys.length === 0 || parts.length < 2)
      throw new TemplateError("its merge has no keys, or fewer than two generators");
    let base: Map<string, Parameters> | undefined;
    for (const part of parts) {
      const sets = this.parameters(part);
      if (!Array.isArray(sets)) return sets;
      const byKey = indexByKeys(sets, keys);
      if (base === undefined) base = byKey;
      else
        for (const [key, set] of base) {
          const over = byKey.get(key);
          if (over === undefined) continue;
          base.set(key, this.templating.usesGo ? deepMerge(set, over) : new Map([...set, ...over]));
        }
    }
    return [...(base ?? new Map<string, Parameters>()).values()];
  }

  private fromGit(options: Record<string, unknown>): Parameters[] | Missing {
    const { directories, files, repoURL, values, pathParamPrefix } = options;
    if (typeof repoURL === "string" && !isThisRepository(this.tree, repoURL))
      return missing(`its git generator reads another repository, ${repoURL}`);
    const prefix = typeof pathParamPrefix === "string" ? pathParamPrefix : "";
    const root = this.tree.inputFolders[0] ?? "";
    const bases = ["", ...(root === "" ? [] : [root])];
    const patterns = (Array.isArray(directories) ? directories : Array.isArray(files) ? files : [])
      .filter(isRecord)
      .map((one) => ({ pattern: String(one.path), exclude: one.exclude === true }));
    const crosses = !Array.isArray(directories);
    const isWanted = (name: string) => {
      const hits = patterns.filter(({ pattern }) => matchesGlob(pattern, name, crosses));
      return hits.length > 0 && !hits.some(({ exclude }) => exclude);
    };
    if (Array.isArray(directories)) {
      const found = bases.map((base) => foldersBelow(this.tree, base).filter(isWanted)).find((one) => one.length > 0);
      return (found ?? []).map((folder) =>
        this.withValues(pathParameters(folder, this.templating.usesGo, prefix), values),
      );
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
    const { usesGo } = this.templating;
    const place = pathParameters(folder === "." ? "" : folder, usesGo, prefix, path.posix.basename(file));
    return (Array.isArray(value) ? value : [value ?? {}]).filter(isRecord).map((one) => {
      const own = fromJson(one) as GoMap;
      return this.withValues(new Map([...(usesGo ? own : flatten(own)), ...place]), values);
    });
  }

  /** Adds a generator's `values`, whose templates see the set itself. */
  private withValues(set: Parameters, values: unknown): Parameters {
    if (!isRecord(values)) return set;
    const filled = Object.entries(values).map(([key, value]): [string, string] => [
      key,
      this.templating.text(String(value), set),
    ]);
    if (this.templating.usesGo) return new Map([...set, ["values", new TextMap(filled)]]);
    return new Map([...set, ...filled.map(([key, value]): [string, string] => [`values.${key}`, value])]);
  }

  /** The clusters of the Secrets in the repository, and the one that Argo CD runs in. */
  private fromClusters({ selector, values, flatList }: Record<string, unknown>): Parameters[] | Missing {
    const secrets = this.referenced.labelled("Secret", "argocd.argoproj.io/secret-type", "cluster");
    if (secrets.some(({ value }) => isEncrypted(value))) return missing("its clusters are in encrypted Secrets");
    const { usesGo } = this.templating;
    const clusters = secrets.map(({ value }) => ({
      labels: metadataTexts(value, "labels"),
      set: clusterOf(value, usesGo),
    }));
    const isSelecting =
      isRecord(selector) && Object.values(selector).some((one) => isRecord(one) || Array.isArray(one));
    if (isSelecting && clusters.length === 0) return missing("only Argo CD knows its clusters");
    const own = clusterNamed("in-cluster", inCluster, "");
    const chosen = isSelecting
      ? clusters.filter(({ labels }) => isSelected(selector, labels)).map(({ set }) => set)
      : [
          ...clusters.map(({ set }) => set),
          ...(clusters.some(({ set }) => set.get("server") === inCluster) ? [] : [own]),
        ];
    const sets = chosen.map((one) => this.withValues(one, values));
    return flatList === true ? [new Map([["clusters", sets]])] : sets;
  }
}

const clusterNamed = (name: string, server: string, project: string): GoMap =>
  new Map([
    ["name", name],
    ["nameNormalized", normalized(name)],
    ["server", server],
    ["project", project],
  ]);

/** A cluster's parameters, from its Secret. */
function clusterOf(value: unknown, inGo: boolean): GoMap {
  const decoded = (name: string) => {
    const [plain, coded] = [memberAt(value, ["stringData", name]), memberAt(value, ["data", name])];
    return String(plain ?? (typeof coded === "string" ? Buffer.from(coded, "base64").toString("utf8") : ""));
  };
  const set = clusterNamed(decoded("name"), decoded("server"), decoded("project"));
  const metadata = new Map(["annotations", "labels"].map((part) => [part, metadataTexts(value, part)]));
  if (inGo) return set.set("metadata", new Map([...metadata].filter(([, texts]) => texts.size > 0)));
  for (const [part, texts] of metadata) for (const [key, text] of texts) set.set(`metadata.${part}.${key}`, text);
  return set;
}
