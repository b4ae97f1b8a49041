/** Type of the resource at the root of every stack. */
export const stackType = "pulumi:pulumi:Stack";

/** What a URN is composed of. */
interface UrnParts {
  stack: string;
  project: string;
  /** The parent's URN. Undefined at the root of the stack. */
  parent: string | undefined;
  type: string;
  name: string;
}

/**
 * The URN of a resource, as the engine composes it: the types of all ancestors below the stack, joined by `$`.
 * Source: `Deployment.generateURN` and `urn.New` of the Pulumi engine.
 */
export function createUrn({ stack, project, parent, type, name }: UrnParts): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const qualified = parentType === "" || parentType === stackType ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** The types of a resource and of its ancestors, joined by `$`. */
export function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/** The resource's own type. */
export function typeOf(urn: string): string {
  return qualifiedType(urn).split("$").at(-1) ?? "";
}

/** The resource's name, which may contain `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** `kubernetes` for `kubernetes:core/v1:Namespace`, and for `pulumi:providers:kubernetes`. */
export function packageOf(type: string): string {
  const [first = "", second, third] = type.split(":");
  return first === "pulumi" && second === "providers" && third !== undefined ? third : first;
}

/** True for `pulumi:providers:X`. */
export function isProviderType(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/** The URN in a provider reference, which the wire writes as `URN::ID`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}
