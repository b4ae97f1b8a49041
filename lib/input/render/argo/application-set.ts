import { mergeValues } from "../../../common/helm-values";
import { noValue } from "../../go-template/evaluate";
import { TemplateError } from "../../go-template/values";
import type { LocatedDocument } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import type { ReferencedObjects } from "../objects/referenced-objects";
import type { SourceTree } from "../repository/tree";
import { Generators, generatorKind, maxApplications, missing, tooMany } from "./application-generators";
import { mergePatch, type Parameters, Templating } from "./application-template";

/**
 * The Applications that an ApplicationSet generates, positioned at its template; or the reason why there are none. As in Argo CD, there are none if
 * any of them fails.
 */
export function applicationsOf(
  tree: SourceTree,
  referenced: ReferencedObjects,
  document: LocatedDocument,
): LocatedDocument[] | Missing {
  try {
    return generateApplications(tree, referenced, document);
  } catch (error) {
    if (error instanceof TemplateError) return missing("its templates cannot be evaluated", error.message);
    throw error;
  }
}

function generateApplications(
  tree: SourceTree,
  referenced: ReferencedObjects,
  document: LocatedDocument,
): LocatedDocument[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  const template = memberAt(spec, ["template"]);
  if (!isRecord(spec) || !isRecord(template)) return missing("it has no template");
  const templating = Templating.of(spec);
  const source = new Generators(tree, referenced, templating);
  const { generators, templatePatch } = spec;
  const namespace = memberAt(document.value, ["metadata", "namespace"]);
  const applications: Record<string, unknown>[] = [];
  for (const generator of Array.isArray(generators) ? generators.filter(isRecord) : []) {
    const sets = source.parameters(generator);
    if (!Array.isArray(sets)) return sets;
    if (applications.length + sets.length > maxApplications) return tooMany;
    // A generator's own template overrides the ApplicationSet's.
    const own = memberAt(generator[generatorKind(generator)], ["template"]);
    const merged = isRecord(own) ? mergeValues(template, own) : template;
    applications.push(...sets.map((set) => application(merged, templatePatch, namespace, set, templating)));
  }
  const names = new Set<unknown>();
  for (const value of applications) {
    const name = memberAt(value, ["metadata", "name"]);
    if (names.has(name))
      return missing("two of its Applications have the same name, so Argo CD applies none", String(name));
    const empty = unfilledTag(value);
    if (empty !== undefined) return missing("its template uses parameters that its generators do not produce", empty);
    names.add(name);
  }
  return applications.map((value) => ({
    file: document.file,
    value,
    position: () => document.position(["spec", "template"]),
  }));
}

function application(
  template: Record<string, unknown>,
  patch: unknown,
  namespace: unknown,
  set: Parameters,
  templating: Templating,
): Record<string, unknown> {
  const filled = templating.filled(template, set) as Record<string, unknown>;
  const patchedApplication = typeof patch === "string" ? withPatch(filled, templating.text(patch, set)) : filled;
  const metadata = isRecord(patchedApplication.metadata) ? patchedApplication.metadata : {};
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    // An ApplicationSet generates Applications only in its own namespace.
    metadata: { ...metadata, ...(typeof namespace === "string" && { namespace }) },
    spec: patchedApplication.spec,
  };
}

function withPatch(filled: Record<string, unknown>, text: string): Record<string, unknown> {
  let patch: unknown;
  try {
    patch = goYaml(text);
  } catch (error) {
    throw new TemplateError(`its patch evaluates to invalid YAML: ${(error as Error).message}`);
  }
  if (patch === null) return filled;
  if (!isRecord(patch)) throw new TemplateError("its patch does not evaluate to a mapping");
  const merged = mergePatch(filled, patch) as Record<string, unknown>;
  const project = memberAt(filled.spec, ["project"]);
  return {
    ...merged,
    spec: { ...(isRecord(merged.spec) ? merged.spec : {}), ...(project !== undefined && { project }) },
  };
}

/**
 * The first text that decides about an Application's name, sources or destination and in which a tag was not replaced. Undefined if there is none.
 */
function unfilledTag(value: Record<string, unknown>): string | undefined {
  const spec = value.spec;
  const sources = memberAt(spec, ["sources"]);
  const each = [memberAt(spec, ["source"]), ...(Array.isArray(sources) ? sources : [])].filter(isRecord);
  const destination = memberAt(spec, ["destination"]);
  const texts = [
    memberAt(value, ["metadata", "name"]),
    ...Object.values(isRecord(destination) ? destination : {}),
    ...each.flatMap(({ repoURL, path, chart }) => [repoURL, path, chart]),
  ];
  return texts.find(
    (text): text is string => typeof text === "string" && (text.includes(noValue) || /\{\{.*\}\}/.test(text)),
  );
}
