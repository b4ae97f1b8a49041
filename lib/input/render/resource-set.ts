import { type LocatedDocument, within } from "../manifests/document";
import { isRecord, memberAt } from "../manifests/shape";
import { readYaml } from "../manifests/yaml";
import type { Missing } from "./missing";

const fix = "Give the output of `flux-operator build rset` too";

/** As many as no ResourceSet makes, whatever it is given. */
const mostObjects = 2000;

type Inputs = Readonly<Record<string, unknown>>;

/** The objects that the Flux operator makes of a ResourceSet, where its inputs stand in it and its templates take them as they are. */
export function resourceSetObjects(document: LocatedDocument): LocatedDocument[] | Missing {
  const spec = memberAt(document.value, ["spec"]);
  for (const [member, what] of [
    ["inputsFrom", "its inputs come from a provider in the cluster"],
    ["inputStrategy", "its inputs are combined by the operator"],
  ] as const) {
    if (memberAt(spec, [member]) !== undefined) return { missing: what, fix };
  }
  const given = memberAt(spec, ["inputs"]);
  const inputs: Inputs[] = Array.isArray(given) && given.length > 0 ? given.filter(isRecord) : [{}];
  const objects = new Map<string, LocatedDocument>();
  for (const [base, part] of stepsOf(spec)) {
    const made = partObjects(document, ["spec", ...base], part, inputs);
    if (!Array.isArray(made)) return made;
    for (const one of made) {
      const { value } = one;
      if (memberAt(value, ["metadata", "annotations", "fluxcd.controlplane.io/reconcile"]) === "disabled") continue;
      const key = JSON.stringify(
        [["apiVersion"], ["kind"], ["metadata", "namespace"], ["metadata", "name"]].map((at) => memberAt(value, at)),
      );
      if (!objects.has(key)) objects.set(key, one);
    }
    if (objects.size > mostObjects) return { missing: `it makes more than ${mostObjects} objects`, fix };
  }
  return [...objects.values()];
}

function stepsOf(spec: unknown): [(string | number)[], unknown][] {
  const steps = memberAt(spec, ["steps"]);
  return Array.isArray(steps) ? steps.map((step, index) => [["steps", index], step]) : [[[], spec]];
}

function partObjects(
  document: LocatedDocument,
  base: readonly (string | number)[],
  part: unknown,
  inputs: readonly Inputs[],
): LocatedDocument[] | Missing {
  const made: LocatedDocument[] = [];
  const resources = memberAt(part, ["resources"]);
  for (const [index, resource] of (Array.isArray(resources) ? resources : []).entries()) {
    for (const input of inputs) {
      const filled = fill(resource, input);
      if ("missing" in filled) return filled;
      made.push(within(document, [...base, "resources", index], filled.value));
    }
  }
  const template = memberAt(part, ["resourcesTemplate"]);
  if (typeof template !== "string") return made;
  for (const input of inputs) {
    const text = filledText(template, input);
    if (typeof text !== "string") return text;
    const { documents, problems } = readYaml(text, document.file);
    if (problems.length > 0) return { missing: `its template does not produce YAML: ${problems[0]?.message}`, fix };
    made.push(...documents.map(({ value }) => within(document, [...base, "resourcesTemplate"], value)));
  }
  return made;
}

/** A resource with its inputs: a text that is nothing but an input becomes what YAML makes of it, as the operator templates text. */
function fill(value: unknown, inputs: Inputs): { value: unknown } | Missing {
  let missing: Missing | undefined;
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") {
      const text = filledText(part, inputs);
      if (typeof text !== "string") {
        missing ??= text;
        return part;
      }
      // The operator puts the input into the resource's YAML, which is read anew.
      return text !== part && /^(true|false|null|-?\d+(\.\d+)?)$/.test(text)
        ? readYaml(text, "").documents[0]?.value
        : text;
    }
    if (Array.isArray(part)) return part.map(walk);
    if (!isRecord(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [String(walk(key)), walk(member)]));
  };
  const filled = walk(value);
  return missing ?? { value: filled };
}

/** `<< inputs.a.b >>`, also as `| quote`; what else a template asks for only the operator can do. */
function filledText(text: string, inputs: Inputs): string | Missing {
  let missing: Missing | undefined;
  const filled = text.replaceAll(/<<-?\s*(.*?)\s*-?>>/gs, (whole, asked: string) => {
    const [, path = "", quoted] = /^inputs\.([\w.]+)(\s*\|\s*quote)?$/.exec(asked) ?? [];
    const found = memberAt(inputs, path.split("."));
    if (typeof found === "string" || typeof found === "number" || typeof found === "boolean")
      return quoted === undefined ? String(found) : JSON.stringify(String(found));
    missing ??= { missing: "its template asks for what only the operator can fill in", detail: whole, fix };
    return whole;
  });
  return missing ?? filled;
}
