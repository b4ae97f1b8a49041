import { mergeValues } from "../../common/helm-values";
import type { LocatedDocument } from "../manifests/document";
import { isRecord, memberAt } from "../manifests/shape";
import { Generators, missing, mostApplications, tooMany } from "./application-generators";
import { fill, type Parameters } from "./application-template";
import type { Missing } from "./missing";
import type { ReferencedObjects } from "./referenced-objects";
import type { SourceTree } from "./tree";

/** The Applications that an ApplicationSet makes, at its own place. */
export function applicationsOf(
  tree: SourceTree,
  known: ReferencedObjects,
  document: LocatedDocument,
): LocatedDocument[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  const template = memberAt(spec, ["template"]);
  if (!isRecord(template)) return missing("it has no template");
  if (memberAt(spec, ["templatePatch"]) !== undefined) return missing("it patches its template");
  const generators = memberAt(spec, ["generators"]);
  const inGo = memberAt(spec, ["goTemplate"]) === true;
  const sets: { parameters: Parameters; template: unknown }[] = [];
  const source = new Generators(tree, known, inGo);
  for (const generator of Array.isArray(generators) ? generators : []) {
    const made = source.generated(generator);
    if (!Array.isArray(made)) return made;
    // A generator may have a template of its own, above that of all.
    const own = Object.values(isRecord(generator) ? generator : {}).find(isRecord)?.template;
    const whole = isRecord(own) ? mergeValues(template, own) : template;
    sets.push(...made.map((parameters) => ({ parameters, template: whole })));
    if (sets.length > mostApplications) return tooMany;
  }
  const applications: LocatedDocument[] = [];
  const namespace = memberAt(document.value, ["metadata", "namespace"]);
  for (const { parameters, template: own } of sets) {
    const filled = fill(own, parameters, inGo);
    if (filled.unknown !== undefined)
      return missing(`its template asks for {{${filled.unknown}}}, which is not known here`);
    const { metadata, spec: filledSpec } = filled.value as { metadata?: unknown; spec?: unknown };
    const value = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { ...(typeof namespace === "string" && { namespace }), ...(isRecord(metadata) ? metadata : {}) },
      spec: filledSpec,
    };
    applications.push({ file: document.file, value, position: () => document.position(["spec", "template"]) });
  }
  return applications;
}
