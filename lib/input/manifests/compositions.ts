import { readKinds } from "./kinds";
import { isRecord, memberAt, textAt } from "./shape";

/**
 * Where the objects of a Composition of Crossplane come from that its own manifests do not show: text in the input of a function, or a function that
 * may create anything. Undefined if its functions create nothing that affects verdicts.
 */
export function functionsCreate(spec: unknown): "from its text" | "unknown" | undefined {
  const pipeline = memberAt(spec, ["pipeline"]);
  const origins = (Array.isArray(pipeline) ? pipeline : []).filter(isRecord).map((step) => {
    if (createsNothing.test(textAt(step, "functionRef", "name") ?? "")) return undefined;
    const programs = textsIn(step.input).filter((text) => text.includes("\n") || namesKind.test(text));
    if (programs.length === 0) return "unknown";
    return programs.some(createsRead) ? "from its text" : undefined;
  });
  return origins.find((origin) => origin === "from its text") ?? origins.find((origin) => origin !== undefined);
}

/** Functions that only change the objects of others, or create those that their input holds as manifests. */
const createsNothing =
  /(auto-ready|environment-configs|extra-resources|sequencer|tag-manager|status-transformer|patch-and-transform|cel-filter)$/;

/** The kind of an object in YAML, JSON, KCL, CUE or Python. */
const namesKind = /\bkind["']?\s*[:=]\s*["']?(\w+)/;

function createsRead(program: string): boolean {
  const kinds = [...program.matchAll(new RegExp(namesKind, "g"))].map(([, kind = ""]) => kind);
  return kinds.some((kind) => readKinds.has(kind) || kind === "Object");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
