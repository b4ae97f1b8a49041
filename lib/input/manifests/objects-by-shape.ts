/** The code of problems in a document that is not a Kubernetes object. */
export const foreignProblem = "foreign";

/**
 * Whether a value is, or was meant to be, an object: it has two members of an object. Many other formats have one, such as a `kind` in Helm values or
 * the `apiVersion` of a chart, and kubectl accepts none of those.
 */
export function mayBeObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayBeObject);
  if (isResourceOfTalos(value)) return false;
  const present = ["apiVersion", "kind", "metadata", "spec", "specs", "items"].filter((key) =>
    Object.hasOwn(value, key),
  );
  return present.length > 1;
}

/** Resources of Talos and Omni have a type in `metadata`, and an `id` instead of a name. */
function isResourceOfTalos(value: object): boolean {
  if ("apiVersion" in value || "kind" in value || !("metadata" in value)) return false;
  const { metadata } = value;
  return typeof metadata === "object" && metadata !== null && "type" in metadata && "id" in metadata;
}

/** The same for a value that could only be read in part, which may lack members. */
export function mayHaveBeenObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayHaveBeenObject);
  return mayBeObject(value) || Object.hasOwn(value, "apiVersion") || Object.hasOwn(value, "kind");
}
