import { operatorFunctions, yamlOf } from "../../go-template/argo-functions";
import { evaluate } from "../../go-template/evaluate";
import { type GoMap, type GoValue, Int64, TemplateError } from "../../go-template/values";
import { type LocatedDocument, within } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import type { Missing } from "../objects/missing";
import { identityOf, type ReferencedObjects } from "../objects/referenced-objects";

const fix = "Give the output of `flux-operator build rset` too";

/** More objects than any real ResourceSet generates. */
const maxObjects = 2000;

/** The objects that the Flux operator generates from a ResourceSet, or why they are unknown: its inputs may not be in the repository. */
export function resourceSetObjects(
  referenced: ReferencedObjects,
  document: LocatedDocument,
): LocatedDocument[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  const inputs = inputsOf(referenced, document);
  if (!Array.isArray(inputs)) return inputs;
  const objects = new Map<string, LocatedDocument>();
  try {
    for (const [base, part] of stepsOf(spec)) {
      for (const one of partObjects(document, ["spec", ...base], part, inputs)) {
        const { value } = one;
        if (memberAt(value, ["metadata", "annotations", "fluxcd.controlplane.io/reconcile"]) === "disabled") continue;
        const { group, kind, namespace, name } = identityOf(one) ?? {};
        const key = JSON.stringify([group, kind, namespace, name]);
        if (!objects.has(key)) objects.set(key, one);
      }
      if (objects.size > maxObjects) return { missing: `it generates more than ${maxObjects} objects`, fix };
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { missing: "its templates cannot be evaluated", detail: error.message, fix };
  }
  return [...objects.values()];
}

/** Its own inputs, and those of static providers. Others are known only to the operator. */
function inputsOf(referenced: ReferencedObjects, document: LocatedDocument): GoMap[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  const [given, from] = [memberAt(spec, ["inputs"]), memberAt(spec, ["inputsFrom"])];
  const strategy = memberAt(spec, ["inputStrategy", "name"]) ?? "Flatten";
  if (strategy !== "Flatten") return { missing: "its inputs are combined by the operator", fix };
  const own = Array.isArray(given) ? given.filter(isRecord) : [];
  const inputs = own.map((input) => withProvider(input, document));
  for (const reference of Array.isArray(from) ? from : []) {
    const name = memberAt(reference, ["name"]);
    const namespace = identityOf(document)?.namespace ?? "default";
    const provider =
      typeof name === "string" ? referenced.find("ResourceSetInputProvider", namespace, name) : undefined;
    const values = memberAt(provider?.value, ["spec", "defaultValues"]);
    if (provider === undefined || memberAt(provider.value, ["spec", "type"]) !== "Static")
      return { missing: "its inputs come from a provider in the cluster", fix };
    inputs.push(withProvider(isRecord(values) ? values : {}, provider));
  }
  return inputs.length > 0 ? inputs : [new Map()];
}

function withProvider(input: Record<string, unknown>, { value }: LocatedDocument): GoMap {
  const of = (...path: string[]): [string, GoValue] => [path.at(-1) ?? "", String(memberAt(value, path) ?? "")];
  const provider = new Map([of("apiVersion"), of("kind"), of("metadata", "name"), of("metadata", "namespace")]);
  return new Map([
    ...Object.entries(input).map(([key, one]): [string, GoValue] => [key, goInput(one)]),
    ["provider", provider],
  ]);
}

/** Converts an input to Go's values. Like the operator, it takes numbers without a fraction for integers. */
function goInput(value: unknown): GoValue {
  if (Array.isArray(value)) return value.map(goInput);
  if (isRecord(value)) return new Map(Object.entries(value).map(([key, one]) => [key, goInput(one)]));
  return Number.isSafeInteger(value) ? new Int64(BigInt(value as number)) : (value as GoValue);
}

function stepsOf(spec: unknown): [(string | number)[], unknown][] {
  const steps = memberAt(spec, ["steps"]);
  return Array.isArray(steps) ? steps.map((step, index) => [["steps", index], step]) : [[[], spec]];
}

function partObjects(
  document: LocatedDocument,
  base: readonly (string | number)[],
  part: unknown,
  inputs: readonly GoMap[],
): LocatedDocument[] {
  const resources = memberAt(part, ["resources"]);
  const made = (Array.isArray(resources) ? resources : []).flatMap((resource: unknown, index) => {
    // The operator evaluates a resource as YAML text and parses the result, so text that turns into a number is a number.
    const text = yamlOf(resource as GoValue);
    return inputs.flatMap((input) => evaluated(document, [...base, "resources", index], text, input));
  });
  const template = memberAt(part, ["resourcesTemplate"]);
  if (typeof template !== "string") return made;
  return [...made, ...inputs.flatMap((input) => evaluated(document, [...base, "resourcesTemplate"], template, input))];
}

function evaluated(
  document: LocatedDocument,
  base: readonly (string | number)[],
  template: string,
  input: GoMap,
): LocatedDocument[] {
  const functions = operatorFunctions(input);
  const text = evaluate(template, undefined, { functions, delimiters: ["<<", ">>"], missingKey: "error" });
  const { documents, problems } = readYaml(text, document.file);
  const [problem] = problems;
  if (problem !== undefined) throw new TemplateError(`its output is not YAML: ${problem.message}`);
  return documents.filter(({ value }) => isRecord(value)).map(({ value }) => within(document, base, value));
}
