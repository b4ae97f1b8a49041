/** The code of problems in a document that is no Kubernetes object. */
export const foreignProblem = "foreign";

/**
 * Whether a value is an object or was meant to be one: it has two of what objects have. Many other formats have one of them, such as a `kind` among
 * Helm's values or the `apiVersion` of a chart, and kubectl takes none of those.
 */
export function mayBeObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayBeObject);
  if (isResourceOfTalos(value)) return false;
  const said = ["apiVersion", "kind", "metadata", "spec", "specs", "items"].filter((key) => Object.hasOwn(value, key));
  return said.length > 1;
}

/** Talos and Omni say in `metadata` which type a resource is of, and call its name `id`. */
function isResourceOfTalos(value: object): boolean {
  if ("apiVersion" in value || "kind" in value || !("metadata" in value)) return false;
  const { metadata } = value;
  return typeof metadata === "object" && metadata !== null && "type" in metadata && "id" in metadata;
}

/** The same of a value that could be read in part only: what is left of it need not say everything. */
export function mayHaveBeenObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayHaveBeenObject);
  return mayBeObject(value) || Object.hasOwn(value, "apiVersion") || Object.hasOwn(value, "kind");
}
