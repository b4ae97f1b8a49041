import { type Answer, type Properties, type Registration, unknown } from "../../pulumi-engine";

/**
 * What is known of an object that a program reads from its cluster (`Namespace.get(…)`) without asking the cluster: name and namespace, from its
 * id.
 */
export function readObject({ type, id, read }: Pick<Registration, "type" | "id" | "read">): Answer | undefined {
  return read && isObject(type) && typeof id === "string"
    ? { outputs: { metadata: { ...others, ...namesIn(id) } } }
    : undefined;
}

/** The metadata that only the cluster knows. */
const others: Properties = Object.fromEntries(
  ["annotations", "labels", "ownerReferences", "resourceVersion", "uid"].map((member) => [member, unknown]),
);

/** The names in the id of an object, `[namespace/]name`. */
export function namesIn(id: string): { name: string; namespace?: string } {
  const [name = "", namespace] = id.split("/").reverse();
  return { name, ...(namespace !== undefined && { namespace }) };
}

/** Whether a type is an object, such as `kubernetes:core/v1:Namespace`, and not a component, Helm release or provider. */
export const isObject = (type: string): boolean =>
  /^kubernetes:(?!yaml|kustomize|helm\.sh)([\w.-]+\/)?v\d\w*:\w+$/.test(type);
